package crawler

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// isData reports whether a table holds data: rows of short cells. One that arranges whole sections is read like other elements.
func (r *reader) isData(table *html.Node) bool {
	columns, nested := 0, false
	for _, row := range tableRows(table) {
		columns = max(columns, len(row))
		for _, cell := range row {
			if r.all[cell].text > 600 || holds(cell, atom.Table, atom.H1, atom.H2, atom.H3, atom.H4) {
				nested = true
			}
		}
	}
	return columns > 1 && !nested
}

// holds reports whether an element has one of the tags among its descendants.
func holds(n *html.Node, tags ...atom.Atom) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		for _, t := range tags {
			if c.Type == html.ElementNode && c.DataAtom == t {
				return true
			}
		}
		if holds(c, tags...) {
			return true
		}
	}
	return false
}

// tableRows gives the cells of a table's own rows.
func tableRows(table *html.Node) [][]*html.Node {
	var rows [][]*html.Node
	for c := table.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Thead, atom.Tbody, atom.Tfoot:
			rows = append(rows, tableRows(c)...)
		case atom.Tr:
			var cells []*html.Node
			for cell := c.FirstChild; cell != nil; cell = cell.NextSibling {
				if cell.DataAtom == atom.Td || cell.DataAtom == atom.Th {
					cells = append(cells, cell)
				}
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

// table emits the rows of a data table, each cell after the name of its column. The caption, if there is one, heads them.
func (r *reader) table(table *html.Node) {
	if caption := child(table, atom.Caption); caption != nil {
		if text := cleanText(allText(caption)); text != "" && len(text) <= 4*maxLabel {
			r.panel(caption, table)
		}
	}
	var header []string
	for i, cells := range tableRows(table) {
		texts := make([]string, len(cells))
		named := len(cells) > 0
		for j, cell := range cells {
			texts[j] = cleanText(allText(cell))
			named = named && cell.DataAtom == atom.Th
		}
		switch {
		case named && (i == 0 || len(header) == 0 || len(cells) == len(header)) && len(cells) > 1:
			header = texts
		case len(texts) == 2 && header == nil && isQuestion(texts[0]):
			r.panel(cells[0], table)
			r.emit(block{text: texts[1], anchor: attr(cells[1], "id")})
		default:
			if row := joinRow(header, texts); row != "" {
				r.emit(block{text: row, row: true})
			}
		}
	}
}

func child(n *html.Node, tag atom.Atom) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == tag {
			return c
		}
	}
	return nil
}

func joinRow(header, cells []string) string {
	var parts []string
	for i, cell := range cells {
		switch {
		case cell == "":
		case len(header) == len(cells) && header[i] != "":
			parts = append(parts, header[i]+": "+cell)
		default:
			parts = append(parts, cell)
		}
	}
	return strings.Join(parts, "; ")
}
