package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// Texts makes rumours of 60 to 200 characters, each another one: six of ten in Russian, three in Kazakh, one in English, which is roughly how they
// reach a desk in Kazakhstan. Most are Cyrillic, so a character takes two bytes.
type texts struct{ n atomic.Int64 }

// next is a rumour that was not made before, and its language.
func (t *texts) next() (language, text string) { return rumour(t.n.Add(1)) }

// rumour is the rumour of a number. The same number gives the same text, another one another text: the words are its digits in a system of mixed
// bases, and the end has what is left of it.
func rumour(n int64) (language, text string) {
	of := russian
	switch n % 10 {
	case 6, 7, 8:
		of = kazakh
	case 9:
		of = english
	}
	var b strings.Builder
	for _, some := range of.words {
		b.WriteString(some[n%int64(len(some))])
		b.WriteByte(' ')
		n /= int64(len(some))
	}
	fmt.Fprintf(&b, of.end, strconv.FormatInt(n+2, 10))
	return of.language, b.String()
}

// A grammar puts a rumour together: one of each words, then an end with a number.
type grammar struct {
	language string
	words    [][]string
	end      string
}

var russian = grammar{language: "ru", end: "на %s-й день", words: [][]string{
	{"Врачи скрывают:", "Знакомая медсестра пишет:", "В новостях не скажут:", "Срочно, передайте дальше:", "Учёные из Уханя доказали:", "Соседка слышала в поликлинике:",
		"Прислали из минздрава:", "Одноклассник работает в лаборатории:", "Только что сообщили:", "Пишут в чате дома:"},
	{"чеснок с мёдом", "тёплая вода с содой", "водка с перцем", "имбирный чай", "барсучий жир", "дым адраспана", "горячая ванна", "кумыс натощак", "ивермектин",
		"лимон с солью", "куркума с молоком"},
	{"убивает вирус", "выводит вакцину", "лечит лёгкие", "защищает лучше маски", "снимает температуру", "возвращает запах", "очищает кровь"},
	{"в Алматы", "в Астане", "в Шымкенте", "в Караганде", "в Актобе", "в Таразе", "в Павлодаре", "в Семее", "в Костанае", "в Кызылорде", "в Атырау", "в Уральске", "в Актау"},
	{"у всей семьи", "у детей до пяти лет", "у пожилых людей", "у беременных", "у водителей такси", "у продавцов на рынке", "у студентов в общежитии",
		"у тех, кто уже переболел и лежал под кислородом", "у тех, кому сделали второй укол"},
}}

var kazakh = grammar{language: "kk", end: "%s күнде", words: [][]string{
	{"Дәрігерлер жасырып отыр:", "Таныс мейірбике жазды:", "Жаңалықта айтпайды:", "Шұғыл түрде таратыңыздар:", "Ғалымдар дәлелдепті:", "Көршім емханада естіпті:",
		"Министрліктен келген хат:", "Сыныптасым зертханада істейді:", "Жаңа ғана хабарлады:", "Үй чатында жазып жатыр:"},
	{"сарымсақ пен бал", "ыстық су мен сода", "арақ пен бұрыш", "зімбір шайы", "борсық майы", "адыраспан түтіні", "ыстық монша", "аш қарынға қымыз", "қазы мен сорпа",
		"тұзды лимон", "күркім мен сүт"},
	{"вирусты өлтіреді", "вакцинаны шығарады", "өкпені емдейді", "бетпердеден жақсы қорғайды", "қызуды түсіреді", "иісті қайтарады", "қанды тазартады"},
	{"Алматыда", "Астанада", "Шымкентте", "Қарағандыда", "Ақтөбеде", "Таразда", "Павлодарда", "Семейде", "Қостанайда", "Қызылордада", "Атырауда", "Оралда", "Ақтауда"},
	{"бүкіл отбасында", "бес жасқа дейінгі балаларда", "қарт адамдарда", "жүкті әйелдерде", "такси жүргізушілерінде", "базардағы сатушыларда", "жатақханадағы студенттерде",
		"ауырып жазылғандарда", "екінші екпені салдырғандарда"},
}}

var english = grammar{language: "en", end: "within %s days", words: [][]string{
	{"Doctors will not tell you:", "A nurse I know writes:", "Not in the news:", "Urgent, pass it on:", "Scientists have proven:", "A neighbour heard in the clinic:",
		"From the ministry of health:", "A friend works in a laboratory:", "They have just announced:", "Somebody wrote in the house chat:"},
	{"garlic with honey", "warm water with soda", "vodka with pepper", "ginger tea", "badger fat", "harmala smoke", "a hot bath", "kumis before breakfast", "ivermectin",
		"salted lemon", "turmeric with milk"},
	{"kills the virus", "flushes out the vaccine", "heals the lungs", "protects better than a mask", "brings down the fever", "brings back the smell", "cleans the blood"},
	{"in Almaty", "in Astana", "in Shymkent", "in Karaganda", "in Aktobe", "in Taraz", "in Pavlodar", "in Semey", "in Kostanay", "in Kyzylorda", "in Atyrau", "in Oral", "in Aktau"},
	{"in whole families", "in children under five", "in old people", "in pregnant women", "in taxi drivers", "in sellers at the market", "in students of a dormitory",
		"in those who had it before", "in those who got the second shot"},
}}
