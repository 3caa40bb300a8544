package crawler

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// A body may grow by at most maxRatio when it is decoded, beyond the first freeRatio bytes. Pages of repetitive tables reach about 50.
const (
	maxRatio  = 200
	freeRatio = 256 << 10
)

var (
	errTooLarge = errors.New("body is too large")
	errBomb     = errors.New("body grows too much when it is decoded")
)

// counter counts the bytes that are read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// readBody reads an answer's body and undoes its content coding. Neither the bytes on the wire nor the decoded ones may exceed
// limit. It also gives the number of bytes that came over the wire, whatever became of them.
func readBody(resp *http.Response, limit int64) (body []byte, wire int64, err error) {
	c := &counter{r: io.LimitReader(resp.Body, limit+1)}
	var plain io.Reader
	switch coding := strings.ToLower(strings.TrimSpace(strings.Join(resp.Header.Values("Content-Encoding"), ","))); coding {
	case "", "identity":
		plain = c
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(c)
		if err != nil {
			return nil, c.n, fmt.Errorf("gzip: %w", err)
		}
		plain = z
	case "br":
		plain = brotli.NewReader(c)
	default:
		return nil, 0, fmt.Errorf("content coding %q was not asked for", coding)
	}
	body, err = readDecoded(plain, c, limit)
	if err == nil && c.n > limit {
		err = errTooLarge
	}
	if err != nil {
		return nil, c.n, err
	}
	return body, c.n, nil
}

// gunzip undoes gzip under the same limits as readBody.
func gunzip(data []byte, limit int64) ([]byte, error) {
	c := &counter{r: bytes.NewReader(data)}
	z, err := gzip.NewReader(c)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return readDecoded(z, c, limit)
}

func readDecoded(plain io.Reader, c *counter, limit int64) ([]byte, error) {
	var out bytes.Buffer
	chunk := make([]byte, 32<<10)
	for {
		n, err := plain.Read(chunk)
		out.Write(chunk[:n])
		size := int64(out.Len())
		switch {
		case size > limit:
			return nil, errTooLarge
		case size > freeRatio && size > maxRatio*c.n:
			return nil, errBomb
		case err == io.EOF:
			return out.Bytes(), nil
		case err != nil:
			return nil, err
		}
	}
}

// mediaType is the media type of a Content-Type header in lower case; what a body looks like where the header is missing.
func mediaType(header string, body []byte) string {
	if strings.TrimSpace(header) == "" {
		header = http.DetectContentType(body)
	}
	t, _, err := mime.ParseMediaType(header)
	if err != nil {
		t, _, _ = strings.Cut(header, ";")
	}
	return strings.ToLower(strings.TrimSpace(t))
}

var pageTypes = []string{"text/html", "application/xhtml+xml"}

// looksLikePage reports whether a body can be a page: text where the header says HTML, HTML where there is no header.
func looksLikePage(contentType string, body []byte) bool {
	if contentType == "" {
		return len(body) == 0 || isPage(http.DetectContentType(body))
	}
	return strings.HasPrefix(http.DetectContentType(body), "text/")
}

func isPage(contentType string) bool { return slices.Contains(pageTypes, mediaType(contentType, nil)) }

// toUTF8 gives a page's text in UTF-8. A byte order mark decides its encoding, else the body itself when it is valid UTF-8, else the
// Content-Type header, else a meta element. What cannot be decoded becomes U+FFFD.
func toUTF8(body []byte, contentType string) []byte {
	for _, mark := range []struct {
		bytes string
		enc   encoding.Encoding
	}{
		{"\xef\xbb\xbf", unicode.UTF8BOM},
		{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
		{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
	} {
		if bytes.HasPrefix(body, []byte(mark.bytes)) {
			return decodeWith(mark.enc, body)
		}
	}
	if utf8.Valid(body) {
		return body
	}
	// The header of a body that is not UTF-8 but is said to be is wrong; a meta element may know better.
	if _, params, err := mime.ParseMediaType(contentType); err == nil && strings.EqualFold(params["charset"], "utf-8") {
		contentType = ""
	}
	enc, name, _ := charset.DetermineEncoding(body, contentType)
	if name == "utf-8" {
		return bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	return decodeWith(enc, body)
}

func decodeWith(enc encoding.Encoding, body []byte) []byte {
	out, _, err := transform.Bytes(enc.NewDecoder(), body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	return bytes.ToValidUTF8(out, []byte("\ufffd"))
}
