package faults

import (
	"os/exec"
	"syscall"
)

// dieWithUs makes the kernel kill the command when we die, however that happens. Strictly it is when the thread dies that started it; the
// runtime ends threads only where a goroutine that was locked to one ends.
func dieWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
