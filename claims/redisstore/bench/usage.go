package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// info reads numbers that the server says of itself.
func (v *server) info(ctx context.Context, section string, names ...string) ([]float64, error) {
	said, err := v.db.Info(ctx, section).Result()
	if err != nil {
		return nil, fmt.Errorf("info %s: %w", section, err)
	}
	values := map[string]string{}
	for line := range strings.Lines(said) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			values[name] = value
		}
	}
	out := make([]float64, len(names))
	for i, name := range names {
		if out[i], err = strconv.ParseFloat(values[name], 64); err != nil {
			return nil, fmt.Errorf("info %s: %s: %w", section, name, err)
		}
	}
	return out, nil
}

// memory is used_memory: the bytes that Redis has allocated.
func (v *server) memory(ctx context.Context) (float64, error) {
	got, err := v.info(ctx, "memory", "used_memory")
	if err != nil {
		return 0, err
	}
	return got[0], nil
}

// ending is how many keys have an expiry.
func (v *server) ending(ctx context.Context) (int, error) {
	said, err := v.db.Info(ctx, "keyspace").Result()
	if err != nil {
		return 0, fmt.Errorf("info keyspace: %w", err)
	}
	_, after, found := strings.Cut(said, fmt.Sprintf("db%d:", v.db.Options().DB))
	if !found {
		return 0, nil // no keys
	}
	var keys, expires int
	if _, err := fmt.Sscanf(after, "keys=%d,expires=%d", &keys, &expires); err != nil {
		return 0, fmt.Errorf("info keyspace: %w", err)
	}
	return expires, nil
}

// A cpu is processor time, of user and system together: in seconds as it is read, in microseconds for one operation.
type cpu struct{ redis, own float64 }

func (c cpu) total() float64 { return c.redis + c.own }

// since is what was spent after an earlier reading, shared among operations, in microseconds.
func (c cpu) since(before cpu, operations int64) cpu {
	each := 1e6 / float64(operations)
	return cpu{redis: (c.redis - before.redis) * each, own: (c.own - before.own) * each}
}

// cpu reads what the server and this process have spent so far.
func (v *server) cpu(ctx context.Context) (cpu, error) {
	got, err := v.info(ctx, "cpu", "used_cpu_user", "used_cpu_sys")
	if err != nil {
		return cpu{}, err
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return cpu{}, err
	}
	return cpu{redis: got[0] + got[1], own: seconds(own.Utime) + seconds(own.Stime)}, nil
}

func seconds(t syscall.Timeval) float64 { return time.Duration(t.Nano()).Seconds() }

// A load is what all processors of this machine have done so far, in seconds.
type load struct{ all, busy, ours float64 }

// load reads /proc/stat (proc(5)), whose unit is a hundredth of a second.
func (v *server) load(ctx context.Context) (load, error) {
	ours, err := v.cpu(ctx)
	if err != nil {
		return load{}, err
	}
	said, err := os.ReadFile("/proc/stat")
	if err != nil {
		return load{}, err
	}
	line, _, _ := strings.Cut(string(said), "\n")
	l := load{ours: ours.total()}
	for i, field := range strings.Fields(line)[1:] {
		ticks, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return load{}, fmt.Errorf("/proc/stat: %w", err)
		}
		switch i {
		case 3, 4: // idle, or waiting for a disk
			l.all += ticks / 100
		case 8, 9: // guests, which are in the first two already
		default:
			l.all += ticks / 100
			l.busy += ticks / 100
		}
	}
	return l, nil
}

// others is the share of the processors that others had since an earlier reading.
func (l load) others(before load) float64 {
	return max(0, (l.busy-before.busy)-(l.ours-before.ours)) / (l.all - before.all)
}

// A kind is what the keys of one kind take in Redis.
type kind struct {
	Name  string  `json:"name"`
	Keys  int64   `json:"keys"`
	Bytes float64 `json:"bytesPerOpenClaim"` // from a sample of the keys
}

// sampleOfKind is how many keys of a kind are measured. The server gives keys in the order of their hashes, so the first are as good as any.
const sampleOfKind = 400

// kinds says what the keys under a prefix take, by what follows the prefix, shared among claims.
func (v *server) kinds(ctx context.Context, prefix string, claims int) ([]kind, error) {
	type sample struct {
		keys, measured int64
		bytes          float64
	}
	found := map[string]*sample{}
	var names []string
	scan := v.db.Scan(ctx, 0, globbed(prefix)+":*", 2000).Iterator()
	for scan.Next(ctx) {
		name, _, _ := strings.Cut(strings.TrimPrefix(scan.Val(), prefix+":"), ":")
		s := found[name]
		if s == nil {
			s = new(sample)
			found[name], names = s, append(names, name)
		}
		s.keys++
		if s.measured == sampleOfKind {
			continue
		}
		bytes, err := v.db.MemoryUsage(ctx, scan.Val(), 1000).Result()
		if err != nil {
			return nil, fmt.Errorf("memory usage of a key of %s: %w", name, err)
		}
		s.measured++
		s.bytes += float64(bytes)
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	out := make([]kind, len(names))
	for i, name := range names {
		s := found[name]
		out[i] = kind{Name: name, Keys: s.keys, Bytes: s.bytes / float64(s.measured) * float64(s.keys) / float64(claims)}
	}
	return out, nil
}

// globbed is a prefix as a pattern that only it matches.
func globbed(prefix string) string {
	return strings.NewReplacer("{", `\{`, "}", `\}`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(prefix)
}
