package crawler_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"dalel/crawler"
	"dalel/index"
)

func TestEmbeddedRegister(t *testing.T) {
	r, err := crawler.Sources()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range r {
		ids = append(ids, s.ID)
		if s.AllowLoopback {
			t.Errorf("%s allows loopback", s.ID)
		}
		if s.Licence == "" {
			t.Errorf("%s has no licence", s.ID)
		}
		for _, address := range slices.Concat(s.Start, s.Sitemaps) {
			if !strings.HasPrefix(address, "https://") {
				t.Errorf("%s: %s is not https", s.ID, address)
			}
		}
	}
	want := []string{"who", "who-europe", "unicef", "unicef-kz", "cdc", "ecdc", "fda", "moh-kz", "gov-kz", "stopfake-kz", "factcheck-kz"}
	for _, id := range want {
		if !slices.Contains(ids, id) {
			t.Errorf("no source %s", id)
		}
	}
	if got := r.Index()[0].NameIn("kk"); got != "Дүниежүзілік денсаулық сақтау ұйымы" {
		t.Errorf("name of %s in Kazakh is %q", ids[0], got)
	}
}

const twoSources = `
- id: big
  kind: international
  name: {en: Big, ru: Большой, kk: Үлкен}
  hosts: [www.example.org]
  languages: [en]
  start: ["https://www.example.org/a"]
- id: small
  kind: state
  name: {en: Small, ru: Малый, kk: Кіші}
  hosts: [www.example.org/kz, small.example.org]
  languages: [ru, kk]
  start: ["https://www.example.org/kz/a"]
  sitemaps: ["https://small.example.org/sitemap.xml"]
  root: main
  maxPages: 7
`

func TestRegisterDividesHosts(t *testing.T) {
	r, err := crawler.ParseSources(strings.NewReader(twoSources))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		address    string
		big, small bool
	}{
		{"https://www.example.org/a", true, false},
		{"http://www.example.org/a", true, false},
		{"https://www.example.org/kz", false, true},
		{"https://www.example.org/kz/b?c", false, true},
		{"https://www.example.org/kzz", true, false},
		{"https://small.example.org/", false, true},
		{"https://example.org/", false, false},
		{"https://www.example.org.evil.test/", false, false},
		{"https://www.example.org:8443/", false, false},
		{"https://user@www.example.org/", false, false},
		{"ftp://www.example.org/", false, false},
	} {
		u, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		if big, small := r[0].Owns(u), r[1].Owns(u); big != c.big || small != c.small {
			t.Errorf("%s belongs to big %v, small %v; want %v, %v", c.address, big, small, c.big, c.small)
		}
	}
}

func TestChoose(t *testing.T) {
	r, err := crawler.ParseSources(strings.NewReader(twoSources))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := r.Choose(); err != nil || len(all) != 2 {
		t.Errorf("Choose() = %d sources, %v", len(all), err)
	}
	if one, err := r.Choose("small"); err != nil || len(one) != 1 || one[0].ID != "small" {
		t.Errorf("Choose(small) = %v, %v", one, err)
	}
	if _, err := r.Choose("smal"); err == nil || !strings.Contains(err.Error(), "big, small") {
		t.Errorf("Choose(smal): %v, want an error that names the known sources", err)
	}
}

func TestParseSourcesRefuses(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(twoSources, old, new, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "names no source"},
		"not YAML":           {"a: [", "register"},
		"unknown key":        {edit("root:", "rooot:"), "rooot"},
		"two documents":      {twoSources + "\n---\n" + twoSources, "more than one"},
		"duplicate id":       {edit("id: small", "id: big"), "taken"},
		"id":                 {edit("id: small", "id: Small One"), "id is not"},
		"kind":               {edit("kind: state", "kind: blog"), "kind"},
		"name missing":       {edit(", kk: Кіші", ""), "no name in kk"},
		"language":           {edit("[ru, kk]", "[ru, fr]"), "fr"},
		"host with scheme":   {edit("small.example.org]", "\"https://small.example.org\"]"), "host"},
		"host with port":     {edit("small.example.org]", "\"small.example.org:81\"]"), "host"},
		"address as host":    {edit("small.example.org]", "127.0.0.1]"), "host"},
		"host in upper case": {edit("small.example.org]", "Small.example.org]"), "host"},
		"same host twice":    {edit("www.example.org/kz, small", "www.example.org, small"), "both claim"},
		"start off the host": {edit("https://www.example.org/a", "https://elsewhere.example/a"), "not within"},
		"start of another":   {edit("https://www.example.org/a", "https://www.example.org/kz/a"), "another source"},
		"start with file":    {edit("https://www.example.org/a", "file:///etc/passwd"), "scheme"},
		"selector":           {edit("root: main", "root: \"main[\""), "selector"},
		"too many pages":     {edit("maxPages: 7", "maxPages: 70000"), "maxPages"},
		"delay of others":    {edit("maxPages: 7", "delay: 1ms"), "delay"},
		"loopback elsewhere": {edit("maxPages: 7", "allowLoopback: true"), "loopback"},
	} {
		if _, err := crawler.ParseSources(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestLoopbackSource(t *testing.T) {
	r, err := crawler.ParseSources(strings.NewReader(`
- id: test
  kind: state
  name: {en: Test, ru: Тест, kk: Сынақ}
  hosts: ["127.0.0.1:8081", "localhost:8081", "[::1]:8081"]
  languages: [en]
  start: ["http://127.0.0.1:8081/"]
  allowLoopback: true
  delay: 10ms
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Index(); len(got) != 1 || got[0].ID != "test" || got[0].Kind != "state" {
		t.Errorf("Index() = %v", got)
	}
}

func FuzzParseSources(f *testing.F) {
	f.Add(twoSources)
	f.Add("- id: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := crawler.ParseSources(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, s := range r.Index() {
			for _, l := range index.Languages() {
				if s.Name[l] == "" {
					t.Errorf("source %q was taken without a name in %s", s.ID, l)
				}
			}
		}
	})
}
