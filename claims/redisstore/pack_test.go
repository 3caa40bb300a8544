package redisstore_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"dalel/claims"
	"dalel/claims/redisstore"
)

// FuzzPack wants every record back as it was.
func FuzzPack(f *testing.F) {
	question := newQuestion(7)
	for _, v := range []any{question.Puts[0].After, question.Submissions[0], question.Events[0], claims.Claim{}, claims.Submission{}} {
		data, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"text":"\u0001 \",\"lang\":\"","lang":"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return // refused before it comes here
		}
		for name, pack := range map[string]func([]byte) (packed, unpacked []byte){"claims": redisstore.PackClaim, "submissions": redisstore.PackSubmission} {
			packed, unpacked := pack(data)
			if !bytes.Equal(unpacked, data) {
				t.Errorf("%s: %q was packed as %q and came back as %q", name, data, packed, unpacked)
			}
			if len(packed) > len(data) {
				t.Errorf("%s: %q takes more room as %q", name, data, packed)
			}
		}
	})
}

// TestPackHalves wants what is in every record to be packed: a field that was renamed would go unnoticed otherwise.
func TestPackHalves(t *testing.T) {
	question := newQuestion(7)
	question.Puts[0].After.Text = "" // the one thing that does not get smaller
	claim, err := json.Marshal(question.Puts[0].After)
	if err != nil {
		t.Fatal(err)
	}
	submission, err := json.Marshal(question.Submissions[0])
	if err != nil {
		t.Fatal(err)
	}
	if packed, _ := redisstore.PackClaim(claim); 2*len(packed) > len(claim) {
		t.Errorf("a claim of %d bytes is packed in %d: %q", len(claim), len(packed), packed)
	}
	if packed, _ := redisstore.PackSubmission(submission); 5*len(packed) > 3*len(submission) {
		t.Errorf("a submission of %d bytes is packed in %d: %q", len(submission), len(packed), packed)
	}
}

func BenchmarkPack(b *testing.B) {
	claim, err := json.Marshal(newQuestion(7).Puts[0].After)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		redisstore.PackClaim(claim)
	}
}
