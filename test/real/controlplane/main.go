// Command controlplane is etcd, kube-apiserver, kube-controller-manager and kube-scheduler in one binary, for tests.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const usage = `usage: controlplane certs FOLDER...
           write the certificates and keys of one cluster into each folder
       controlplane child-of PID etcd|kube-apiserver|kube-controller-manager|kube-scheduler [arguments]
       controlplane child-of PID exec PROGRAM [arguments]
           run until the process that started this one ends`

func main() {
	args := os.Args[1:]
	switch {
	case len(args) > 1 && args[0] == "certs":
		if err := writeCertificates(args[1:]); err != nil {
			fail(err)
		}
	case len(args) > 2 && args[0] == "child-of":
		endWithParent(args[1])
		run(args[2], args[3:])
	default:
		fail(errors.New(usage))
	}
}

// endWithParent has the kernel kill this process when its parent is gone, however that ended, even while this one is
// stopped (SIGSTOP). The parent tells its process id, for it may be gone already.
func endWithParent(pid string) {
	// The signal belongs to a thread and stays with it through exec.
	runtime.LockOSThread()
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	if errno != 0 {
		fail(errno)
	}
	if pid != strconv.Itoa(os.Getppid()) {
		fail(errors.New("process " + pid + " is gone, or not the parent"))
	}
}

func run(command string, args []string) {
	switch command {
	case "etcd":
		etcdmain.Main(append([]string{"etcd"}, args...))
	case "kube-apiserver":
		runComponent(apiserver.NewAPIServerCommand(), args)
	case "kube-controller-manager":
		runComponent(controllermanager.NewControllerManagerCommand(), args)
	case "kube-scheduler":
		runComponent(scheduler.NewSchedulerCommand(), args)
	case "exec":
		fail(become(args))
	default:
		fail(errors.New(usage))
	}
}

func runComponent(component *cobra.Command, args []string) {
	component.SetArgs(args)
	os.Exit(cli.Run(component))
}

// become runs another program in place of this one; it returns only if it cannot.
func become(args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	return syscall.Exec(program, args, os.Environ())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
