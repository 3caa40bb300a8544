package crawler

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func brotlied(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := brotli.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadBody(t *testing.T) {
	text := []byte(strings.Repeat("Wash your hands. ", 100))
	zeros := make([]byte, 4<<20)
	packed := gzipped(t, text)
	for name, c := range map[string]struct {
		coding string
		body   []byte
		limit  int64
		want   []byte
		fails  error // nil: any error, if want is nil
	}{
		"plain":               {"", text, 1 << 20, text, nil},
		"identity":            {"identity", text, 1 << 20, text, nil},
		"gzip":                {"gzip", packed, 1 << 20, text, nil},
		"x-gzip":              {"X-GZIP", packed, 1 << 20, text, nil},
		"brotli":              {"br", brotlied(t, text), 1 << 20, text, nil},
		"exactly the limit":   {"", text, int64(len(text)), text, nil},
		"above the limit":     {"", text, int64(len(text)) - 1, nil, errTooLarge},
		"decoded above":       {"gzip", packed, int64(len(text)) - 1, nil, errTooLarge},
		"gzip bomb":           {"gzip", gzipped(t, zeros), 64 << 20, nil, errBomb},
		"brotli bomb":         {"br", brotlied(t, zeros), 64 << 20, nil, errBomb},
		"bomb of small limit": {"gzip", gzipped(t, zeros), 1 << 20, nil, errBomb},
		"truncated gzip":      {"gzip", packed[:len(packed)/2], 1 << 20, nil, io.ErrUnexpectedEOF},
		"false gzip":          {"gzip", text, 1 << 20, nil, gzip.ErrHeader},
		"nested":              {"gzip, gzip", gzipped(t, packed), 1 << 20, nil, nil},
		"deflate":             {"deflate", packed, 1 << 20, nil, nil},
	} {
		resp := &http.Response{Header: http.Header{"Content-Encoding": {c.coding}}, Body: io.NopCloser(bytes.NewReader(c.body))}
		got, wire, err := readBody(resp, c.limit)
		if c.want != nil && (err != nil || !bytes.Equal(got, c.want) || wire != int64(len(c.body))) {
			t.Errorf("%s: %d bytes of %d on the wire, %v", name, len(got), wire, err)
		}
		if c.want == nil && (err == nil || c.fails != nil && !errors.Is(err, c.fails)) {
			t.Errorf("%s: got error %v, want %v", name, err, c.fails)
		}
	}
}

func TestToUTF8(t *testing.T) {
	const text = "<html><head><title>Чеснок не помогает</title></head></html>"
	meta := func(name string) string {
		return strings.Replace(text, "<head>", `<head><meta charset="`+name+`">`, 1)
	}
	encode := func(cm *charmap.Charmap, s string) []byte {
		b, err := cm.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body   []byte
		header string
	}{
		"UTF-8":                            {[]byte(text), ""},
		"a byte order mark":                {[]byte("\ufeff" + text), "text/html; charset=windows-1251"},
		"UTF-16":                           {utf16, "text/html; charset=utf-8"},
		"valid UTF-8 against the header":   {[]byte(text), "text/html; charset=windows-1251"},
		"valid UTF-8 against meta":         {[]byte(meta("windows-1251")), ""},
		"the header":                       {encode(charmap.Windows1251, text), "text/html; charset=windows-1251"},
		"the header against meta":          {encode(charmap.KOI8R, meta("windows-1251")), "text/html; charset=koi8-r"},
		"meta":                             {encode(charmap.KOI8R, meta("koi8-r")), "text/html"},
		"meta where the header says UTF-8": {encode(charmap.Windows1251, meta("windows-1251")), "text/html; charset=UTF-8"},
	} {
		if got := string(toUTF8(c.body, c.header)); !strings.Contains(got, "Чеснок не помогает") {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := string(toUTF8([]byte("a\xffb<meta charset=utf-8>"), "")); !strings.HasPrefix(got, "a\ufffdb") {
		t.Errorf("broken UTF-8: got %q", got)
	}
}

func FuzzToUTF8(f *testing.F) {
	f.Add([]byte("\xff\xfea\x00"), "text/html; charset=utf-8")
	f.Add([]byte("<meta charset=gb18030>\x81"), "")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		got := toUTF8(body, header)
		if !strings.Contains(strings.ToValidUTF8(string(got), "\x00broken"), "\x00broken") || bytes.Contains(body, []byte("broken")) {
			return
		}
		t.Errorf("%q with %q is not UTF-8 afterwards", body, header)
	})
}
