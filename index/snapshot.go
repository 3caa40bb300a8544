package index

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	store "github.com/blevesearch/bleve_index_api"
)

// snapshot is one state of the index.
type snapshot struct{ store.IndexReader }

func (s snapshot) mark(name string) (string, error) {
	v, err := s.GetInternal([]byte(internalMark + name))
	if err != nil {
		return "", fmt.Errorf("index: mark of %s: %w", name, err)
	}
	return string(v), nil
}

func (s snapshot) sums() (sums, error) {
	v, err := s.GetInternal([]byte(internalSums))
	if err != nil {
		return nil, fmt.Errorf("index: sums: %w", err)
	}
	out := sums{}
	if len(v) > 0 {
		if err := json.Unmarshal(v, &out); err != nil {
			return nil, fmt.Errorf("index: sums: %v: %w", err, ErrDamaged)
		}
	}
	return out, nil
}

// record gives a document's record, or ErrNotFound.
func (s snapshot) record(id string) (record, error) {
	var r record
	err := s.stored(unit{id: id, sort: unitRecord}, &r)
	return r, err
}

func (s snapshot) passage(id string, ordinal int) (Passage, error) {
	var p Passage
	err := s.stored(unit{id, unitPassage, ordinal}, &p)
	return p, err
}

// stored reads what is stored of a unit into v, or gives ErrNotFound.
func (s snapshot) stored(u unit, v any) error {
	d, err := s.Document(u.key())
	if err != nil {
		return fmt.Errorf("index: read document %q: %w", u.id, err)
	}
	if d == nil {
		return fmt.Errorf("index: document %q: %w", u.id, ErrNotFound)
	}
	var text []byte
	d.VisitFields(func(f store.Field) {
		if f.Name() == fieldStored {
			text = f.Value()
		}
	})
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("index: read document %q: %v: %w", u.id, err, ErrDamaged)
	}
	return nil
}

// groups are the groups that have or had documents.
func (s snapshot) groups() ([]group, error) {
	dict, err := s.FieldDict(fieldGroup)
	if err != nil {
		return nil, fmt.Errorf("index: groups: %w", err)
	}
	defer dict.Close()
	var groups []group
	for {
		e, err := dict.Next()
		if err != nil {
			return nil, fmt.Errorf("index: groups: %w", err)
		}
		if e == nil {
			return groups, nil
		}
		kind, source, _ := strings.Cut(e.Term, "\x00")
		groups = append(groups, group{Kind(kind), source})
	}
}

// count is the number of units that have a term in a field.
func (s snapshot) count(field, term string) (int, error) {
	r, err := s.TermFieldReader(context.Background(), []byte(term), field, false, false, false)
	if err != nil {
		return 0, fmt.Errorf("index: count in %s: %w", field, err)
	}
	defer r.Close()
	return int(r.Count()), nil
}

// posting is one unit's share of a term in a field.
type posting struct {
	unit uint64 // bleve's number of it, good within one snapshot
	freq int    // times the term occurs in the field
	size int    // terms in the field
}

// postings calls f for each unit that has a term in a field, in the order of the units' numbers.
func (s snapshot) postings(ctx context.Context, field, term string, f func(posting)) error {
	r, err := s.TermFieldReader(ctx, []byte(term), field, true, true, false)
	if err != nil {
		return fmt.Errorf("index: look up in %s: %w", field, err)
	}
	defer r.Close()
	var p store.TermFieldDoc
	for {
		next, err := r.Next(p.Reset())
		if err != nil {
			return fmt.Errorf("index: look up in %s: %w", field, err)
		}
		if next == nil {
			return nil
		}
		f(posting{next.ID.Value(), int(next.Freq), size(next.Norm)})
	}
}

// key is the key of a unit by its number.
func (s snapshot) key(number uint64) (string, error) {
	k, err := s.ExternalID(store.NewIndexInternalID(nil, number))
	if err != nil {
		return "", fmt.Errorf("index: name of a unit: %w", err)
	}
	return k, nil
}

// size is the number of terms in a field, from bleve's norm, which is one over its square root. It is exact up to a million
// terms; a field has fewer.
func size(norm float64) int {
	if norm <= 0 {
		return 0
	}
	return int(math.Round(1 / (norm * norm)))
}
