package api

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"dalel/index"
)

// pages are the templates, parsed once for each language, and the files that go with them.
type pages struct {
	templates map[string]map[string]*template.Template // by language, then name
	files     map[string]file                          // by the name under which they are served
	addresses map[string]string                        // of the files, by their name in web/static
}

type file struct {
	kind    string
	content []byte
}

// The templates that every page has, and the folder in which all stand.
const (
	templateFolder = "web/templates"
	layoutTemplate = "layout.html"
	partsTemplate  = "parts.html"
)

// loadPages parses every template in every language. What is wrong with one shows here and not before a reader.
func (s *Server) loadPages(assets fs.FS) (*pages, error) {
	p := &pages{templates: make(map[string]map[string]*template.Template), files: make(map[string]file), addresses: make(map[string]string)}
	if err := p.loadFiles(assets); err != nil {
		return nil, err
	}
	names, err := fs.Glob(assets, templateFolder+"/*.html")
	if err != nil {
		return nil, fmt.Errorf("api: templates: %w", err)
	}
	for _, language := range pageLanguages() {
		shared, err := template.New("").Funcs(s.templateFuncs(p, language)).
			ParseFS(assets, templateFolder+"/"+layoutTemplate, templateFolder+"/"+partsTemplate)
		if err != nil {
			return nil, fmt.Errorf("api: templates: %w", err)
		}
		p.templates[language] = make(map[string]*template.Template)
		for _, name := range names {
			if base := path.Base(name); base == layoutTemplate || base == partsTemplate {
				continue
			}
			t, err := shared.Clone()
			if err == nil {
				t, err = t.ParseFS(assets, name)
			}
			if err != nil {
				return nil, fmt.Errorf("api: template %s: %w", name, err)
			}
			p.templates[language][strings.TrimSuffix(path.Base(name), ".html")] = t
		}
	}
	return p, nil
}

// loadFiles names each file after its content, so that browsers may keep it for ever.
func (p *pages) loadFiles(assets fs.FS) error {
	paths, err := fs.Glob(assets, "web/static/*")
	if err != nil {
		return fmt.Errorf("api: static files: %w", err)
	}
	for _, from := range paths {
		content, err := fs.ReadFile(assets, from)
		if err != nil {
			return fmt.Errorf("api: static files: %w", err)
		}
		kind := ""
		switch path.Ext(from) {
		case ".css":
			kind = "text/css; charset=utf-8"
		case ".svg":
			kind = "image/svg+xml"
		default:
			return fmt.Errorf("api: static file %s: unknown kind", from)
		}
		sum := sha256.Sum256(content)
		base := path.Base(from)
		stem := strings.TrimSuffix(base, path.Ext(base))
		name := stem + "." + base64.RawURLEncoding.EncodeToString(sum[:9]) + path.Ext(base)
		p.files[name] = file{kind, content}
		p.addresses[base] = "/static/" + name
	}
	return nil
}

// showFile serves a file under its name of now; another name is not found.
func (s *Server) showFile(c *gin.Context) {
	f, ok := s.pages.files[c.Param("name")]
	if !ok {
		s.pageNotFound(c)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, f.kind, f.content)
}

// templateFuncs are what templates of a language may call:
//
//	t "key" "Name" value …   a message with its placeholders
//	n "key" 3                a message in the plural form of a number
//	path "/cases"            the address of a page in the same language
//	asset "dalel.css"        the address of a file
//	date .Published          a date in words
func (s *Server) templateFuncs(p *pages, language string) template.FuncMap {
	return template.FuncMap{
		"t":         func(id string, pairs ...any) (string, error) { return s.sayPairs(language, id, pairs) },
		"n":         func(id string, count any) string { return s.say(language, id, map[string]any{"Count": count}) },
		"path":      func(to string) string { return pagePath(language, to) },
		"asset":     func(name string) string { return p.addresses[name] },
		"date":      func(d index.Date) string { return s.sayDate(language, d) },
		"languages": pageLanguages,
		"langOwn":   func(l string) string { return s.say(l, "language.own", nil) },
		"langShort": func(l string) string { return s.say(l, "language.short", nil) },
	}
}

// sayPairs is say with names and values as a template writes them.
func (s *Server) sayPairs(language, id string, pairs []any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("api: message %s: a name without a value", id)
	}
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return "", fmt.Errorf("api: message %s: %v is not a name", id, pairs[i])
		}
		data[name] = pairs[i+1]
	}
	return s.say(language, id, data), nil
}

// pagePath is the address of a page in a language. "/" is the check.
func pagePath(language, to string) string {
	if to == "/" {
		to = ""
	}
	return "/" + language + to
}
