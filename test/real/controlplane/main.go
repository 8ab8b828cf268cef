// Command controlplane is etcd, kube-apiserver, kube-controller-manager and kube-scheduler in one binary, for tests.
// Each ends when its standard input does, so that nothing outlives the process that started it, however that ended.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const usage = `usage: controlplane COMMAND [arguments]
  certs FOLDER...        write the certificates and keys of one cluster into each folder
  supervise PROGRAM ...  run another program, and end it with standard input
  etcd | kube-apiserver | kube-controller-manager | kube-scheduler`

func main() {
	if len(os.Args) < 2 {
		fail(errors.New(usage))
	}
	command, args := os.Args[1], os.Args[2:]
	switch command {
	case "certs":
		if err := writeCertificates(args); err != nil {
			fail(err)
		}
	case "supervise":
		supervise(args)
	case "etcd":
		endWithParent()
		etcdmain.Main(append([]string{"etcd"}, args...))
	case "kube-apiserver":
		runComponent(apiserver.NewAPIServerCommand(), args)
	case "kube-controller-manager":
		runComponent(controllermanager.NewControllerManagerCommand(), args)
	case "kube-scheduler":
		runComponent(scheduler.NewSchedulerCommand(), args)
	default:
		fail(errors.New(usage))
	}
}

func runComponent(component *cobra.Command, args []string) {
	endWithParent()
	component.SetArgs(args)
	os.Exit(cli.Run(component))
}

// endWithParent kills this process when whoever holds the other end of standard input is gone. The parent-death
// signal does the same for a process that is stopped (SIGSTOP) and cannot notice.
func endWithParent() {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0); errno != 0 {
		fail(errno)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
}

// supervise runs a program that knows nothing of this rule under it.
func supervise(args []string) {
	if len(args) == 0 {
		fail(errors.New(usage))
	}
	// The parent-death signal of the child is bound to the thread that starts it, which must not end before.
	runtime.LockOSThread()
	child := exec.Command(args[0], args[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		fail(err)
	}
	endWithParent()
	if err := child.Wait(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
