//go:build !linux

package faults

import "os/exec"

// dieWithUs can do nothing where the kernel does not offer it: children outlive us if we are killed.
func dieWithUs(*exec.Cmd) {}
