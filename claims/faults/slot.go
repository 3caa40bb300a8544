package faults

import "strings"

// slots is how many parts a cluster's keys are divided into (Redis Cluster specification, "Key distribution model").
const slots = 16384

// Slot is the part of a cluster's keys that a key belongs to: of "{tag}rest" only the tag counts.
func Slot(key string) int {
	if _, after, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(after, "}"); ok && tag != "" {
			key = tag
		}
	}
	return int(crc16(key)) % slots
}

// crc16 is CRC-16/XMODEM: polynomial 1021 hexadecimal, beginning with 0.
func crc16(s string) uint16 {
	var crc uint16
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
