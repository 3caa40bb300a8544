package crawler_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"dalel/crawler"
)

const childHost = "DALEL_TEST_CRAWL_HOST"

// TestMain also serves as the process that TestKilledCrawlLosesNothing kills: it crawls a site into the archive in the working
// directory and prints the address of each page that it has reported.
func TestMain(m *testing.M) {
	host := os.Getenv(childHost)
	if host == "" {
		os.Exit(m.Run())
	}
	a, err := crawler.OpenArchive(".")
	if err == nil {
		src := crawler.Source{
			ID: "site", Kind: "state", Languages: []string{"en"}, Hosts: []string{host}, Start: []string{"http://" + host + "/0"},
			AllowLoopback: true, Delay: time.Microsecond, MaxPages: 1000,
		}
		_, err = crawler.Crawl(context.Background(), a, crawler.Register{src}, crawler.Options{Progress: func(p crawler.Progress) {
			fmt.Println(p.URL, p.Outcome)
		}})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestKilledCrawlLosesNothing(t *testing.T) {
	const pages = 120
	s := newSite(t)
	for i := range pages {
		s.html(fmt.Sprintf("/%d", i), page(fmt.Sprintf("Page %d", i), fmt.Sprintf("%s This is page %d.", maskText, i), fmt.Sprintf("/%d", i+1), fmt.Sprintf("/%d", i+2)))
	}
	dir := t.TempDir()
	reported := map[string]bool{}
	for round := range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), childHost+"="+s.host())
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		fresh := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			address, outcome, _ := strings.Cut(lines.Text(), " ")
			if outcome == string(crawler.New) {
				reported[address] = true
				if fresh++; fresh == 15+round {
					if err := cmd.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the crawl came to its end before it was killed")
		}
		a, err := crawler.OpenArchive(dir)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := after(t, a, "", 1000)
		there := map[string]bool{}
		for _, d := range b.Put {
			there[d.ID] = true
		}
		for address := range reported {
			if !there[address] {
				t.Errorf("round %d: %s was reported and is lost", round, address)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a, err := crawler.OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	src := s.source("/0")
	src.MaxPages = 1000
	if r := crawl(t, a, crawler.Options{}, src).Sources[0]; r.New+r.Unchanged != pages || r.Changed != 0 {
		t.Errorf("the crawl that ends: %+v", r)
	}
	if got := live(t, a, s); len(got) != pages {
		t.Errorf("%d documents at the end, want %d", len(got), pages)
	}
}
