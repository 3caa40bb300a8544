package crawler

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"dalel/index"
)

//go:embed starter
var starterFiles embed.FS

// Bounds of the starter guidance, per item and language.
const (
	maxStarterFile  = 4 << 20 // bytes
	maxStarterTitle = 120     // runes
	minStarterWords = 25
	maxStarterWords = 110
	maxStarterHeard = 5
)

type starterItem struct {
	ID        string      `yaml:"id"`
	Topic     string      `yaml:"topic"`
	Source    string      `yaml:"source"`
	Publisher string      `yaml:"publisher"`
	URL       string      `yaml:"url"`
	Published string      `yaml:"published"`
	Seen      string      `yaml:"seen"`
	En        starterText `yaml:"en"`
	Ru        starterText `yaml:"ru"`
	Kk        starterText `yaml:"kk"`
}

type starterText struct {
	Title string   `yaml:"title"`
	Text  string   `yaml:"text"`
	Heard []string `yaml:"heard"`
}

// Starter gives the embedded starter guidance: three documents an item, one in each language, of kind summary, in the order of
// the files and items. Their IDs are "starter:" + the item's id + ":" + the language.
func Starter() ([]index.Document, error) {
	docs, _, err := readStarter(starterFiles)
	return docs, err
}

// StarterFeed is the starter guidance as a feed named "starter". It has one place, the hash of its text: an index that is at another
// place drops all summaries and takes them anew.
func StarterFeed() (index.Feed, error) {
	docs, place, err := readStarter(starterFiles)
	if err != nil {
		return nil, err
	}
	return starterFeed{docs: docs, place: place}, nil
}

func readStarter(files fs.FS) (docs []index.Document, place string, err error) {
	register, err := Sources()
	if err != nil {
		return nil, "", err
	}
	names, err := fs.Glob(files, "starter/*.yaml")
	if err != nil {
		return nil, "", fmt.Errorf("crawler: starter guidance: %w", err)
	}
	sum := sha256.New()
	seen := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, "", fmt.Errorf("crawler: starter guidance: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		part, err := ParseStarter(strings.NewReader(string(text)), register)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", path.Base(name), err)
		}
		for _, d := range part {
			if before, taken := seen[d.ID]; taken {
				return nil, "", fmt.Errorf("%s: crawler: starter item %q is in %s already", path.Base(name), d.ID, before)
			}
			seen[d.ID] = path.Base(name)
		}
		docs = append(docs, part...)
	}
	return docs, hex.EncodeToString(sum.Sum(nil)), nil
}

// ParseStarter reads one file of starter guidance whose sources are in the register; starter/README.md describes the format. The
// error names the item, the language and what is wrong.
func ParseStarter(r io.Reader, register Register) ([]index.Document, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxStarterFile+1))
	if err != nil {
		return nil, fmt.Errorf("crawler: read starter guidance: %w", err)
	}
	if len(text) > maxStarterFile {
		return nil, fmt.Errorf("crawler: starter guidance of more than %d bytes", maxStarterFile)
	}
	var items []starterItem
	if err := decodeYAML(text, &items); err != nil {
		return nil, fmt.Errorf("crawler: starter guidance: %w", err)
	}
	seen := map[string]bool{}
	docs := make([]index.Document, 0, 3*len(items))
	for i, item := range items {
		if err := item.check(register); err != nil {
			return nil, fmt.Errorf("crawler: starter item %d (%q): %w", i+1, item.ID, err)
		}
		if seen[item.ID] {
			return nil, fmt.Errorf("crawler: starter item %d: id %q is taken", i+1, item.ID)
		}
		seen[item.ID] = true
		for _, l := range index.Languages() {
			docs = append(docs, item.document(l))
		}
	}
	return docs, nil
}

func (t *starterItem) text(lang string) *starterText {
	switch lang {
	case "en":
		return &t.En
	case "ru":
		return &t.Ru
	}
	return &t.Kk
}

func (t *starterItem) check(register Register) error {
	if !sourceID.MatchString(t.ID) {
		return errors.New("id is not lower-case letters, digits and single hyphens")
	}
	if !slices.Contains(index.Topics(), t.Topic) {
		return fmt.Errorf("topic %q is not known", t.Topic)
	}
	if _, err := register.Choose(t.Source); err != nil {
		return err
	}
	if strings.TrimSpace(t.Publisher) == "" {
		return errors.New("no publisher")
	}
	if u, err := url.Parse(t.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("url %q is not an absolute http or https address", t.URL)
	}
	if t.Seen == "" {
		return errors.New("no date on which the page was seen")
	}
	for _, d := range []string{t.Seen, t.Published} {
		if d == "" {
			continue
		}
		if _, err := index.Date(d).Time(); err != nil {
			return err
		}
	}
	for _, l := range index.Languages() {
		if err := t.text(l).check(); err != nil {
			return fmt.Errorf("%s: %w", l, err)
		}
	}
	return nil
}

func (t *starterText) check() error {
	t.Title, t.Text = strings.TrimSpace(t.Title), strings.TrimSpace(t.Text)
	words := len(strings.Fields(t.Text))
	switch {
	case t.Title == "":
		return errors.New("no title")
	case utf8.RuneCountInString(t.Title) > maxStarterTitle:
		return fmt.Errorf("title of %d characters, more than %d", utf8.RuneCountInString(t.Title), maxStarterTitle)
	case words < minStarterWords || words > maxStarterWords:
		return fmt.Errorf("text of %d words, want %d to %d", words, minStarterWords, maxStarterWords)
	case len(t.Heard) == 0 || len(t.Heard) > maxStarterHeard:
		return fmt.Errorf("%d wordings, want 1 to %d", len(t.Heard), maxStarterHeard)
	}
	for _, h := range t.Heard {
		if strings.TrimSpace(h) == "" {
			return errors.New("an empty wording")
		}
	}
	return nil
}

func (t *starterItem) document(lang string) index.Document {
	text := t.text(lang)
	return index.Document{
		ID:        "starter:" + t.ID + ":" + lang,
		Kind:      index.KindSummary,
		Source:    t.Source,
		Publisher: t.Publisher,
		Topic:     t.Topic,
		URL:       t.URL,
		Title:     text.Title,
		Lang:      lang,
		Published: index.Date(t.Published),
		Fetched:   index.Date(t.Seen),
		Version:   1,
		Heard:     text.Heard,
		Passages:  []index.Passage{{Heading: []string{text.Title}, Text: text.Text, Kind: index.PassageAdvice}},
	}
}

type starterFeed struct {
	docs  []index.Document
	place string
}

func (f starterFeed) Name() string { return "starter" }

// After gives all of the guidance in one batch, whatever the limit: it is small, and half of it is a state that never was.
func (f starterFeed) After(ctx context.Context, place string, _ int, wait time.Duration) (index.Batch, string, error) {
	if place != f.place {
		return index.Batch{Clear: []index.Kind{index.KindSummary}, Put: f.docs}, f.place, nil
	}
	return index.Batch{}, f.place, pause(ctx, wait)
}

// pause waits, and gives the reason when ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
