package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A room is what a package may import, beside the standard library: our own packages by path, and modules by their prefix. A package
// that is not in the table may import nothing, so that a new one is a decision.
type room struct {
	own     []string
	modules []string
	tests   []string // modules that its tests may import besides
}

var house = map[string]room{
	"index":             {own: []string{"index/lang", "index/lexicon"}, modules: []string{"github.com/blevesearch/", "golang.org/x/text", "golang.org/x/sync"}},
	"index/lang":        {modules: []string{"golang.org/x/text"}},
	"index/lexicon":     {own: []string{"index/lang"}},
	"crawler":           {own: []string{"index", "index/lang"}, modules: []string{"github.com/PuerkitoBio/goquery", "github.com/andybalholm/", "go.etcd.io/bbolt", "golang.org/x/net", "golang.org/x/text", "golang.org/x/sync", "code.dny.dev/ssrf", "go.yaml.in/yaml/v3"}},
	"claims":            {own: []string{"index", "index/lang"}},
	"claims/claimstest": {own: []string{"claims", "claims/faults", "index"}, modules: []string{"github.com/google/go-cmp"}},
	"claims/redisstore": {own: []string{"claims", "index"}, modules: []string{"github.com/redis/go-redis/v9"}},
	"claims/faults":     {own: []string{"claims"}},
	"claims/boltstore":  {own: []string{"claims", "index"}, modules: []string{"go.etcd.io/bbolt"}},
	"api":               {own: []string{"claims", "index", "index/lang"}, modules: []string{"github.com/gin-gonic/gin", "github.com/nicksnyder/go-i18n/v2", "golang.org/x/text"}},
	"cmd/dalel":         {own: []string{"index", "index/lang", "crawler", "claims", "claims/redisstore", "claims/boltstore", "claims/faults", "api"}, modules: []string{"github.com/alecthomas/kong", "github.com/schollz/progressbar/v3", "golang.org/x/sync"}, tests: []string{"go.etcd.io/bbolt"}},
}

// forTests are modules that only tests may import, wherever they are.
var forTests = []string{"github.com/google/go-cmp", "github.com/chromedp/", "github.com/getkin/kin-openapi", "github.com/rogpeppe/go-internal", "go.yaml.in/yaml/v3", "golang.org/x/net/html"}

// TestImportsPointDown holds every package to its room: imports point down only, and each third-party module has one home.
func TestImportsPointDown(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || moduleOfItsOwn(path)) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		files++
		checkImports(t, root, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

// moduleOfItsOwn reports whether a directory is no part of the product: what it needs is in a go.mod of its own.
func moduleOfItsOwn(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func checkImports(t *testing.T, root, path string) {
	t.Helper()
	rel, err := filepath.Rel(root, filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	pkg := filepath.ToSlash(rel)
	may, known := house[pkg]
	if !known {
		t.Errorf("%s: package %s has no room in the house", path, pkg)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	test := strings.HasSuffix(path, "_test.go")
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(name, "/")
		own, isOwn := strings.CutPrefix(name, "dalel/")
		switch {
		case isOwn:
			if own != pkg && !slices.Contains(may.own, own) && !(test && testMay(pkg, own)) {
				t.Errorf("%s imports %s, which package %s may not", path, name, pkg)
			}
		case strings.Contains(first, "."):
			allowed := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
			if !slices.ContainsFunc(may.modules, allowed) && !(test && slices.ContainsFunc(slices.Concat(forTests, may.tests), allowed)) {
				t.Errorf("%s imports %s, whose home is elsewhere", path, name)
			}
		}
	}
}

// testMay reports whether tests of a package may import another one: those of the rooms above the stores work on a real store.
func testMay(pkg, own string) bool {
	switch pkg {
	case "claims", "api", "cmd/dalel":
		return strings.HasPrefix(own, "claims") || own == "index"
	case "claims/redisstore", "claims/boltstore":
		return own == "claims/claimstest" || own == "claims/faults"
	case "claims/faults":
		return own == "claims/redisstore" || own == "claims/boltstore"
	}
	return false
}
