// Executes a Tiltfile with stand-ins for Tilt's functions and prints, as JSON, which of them it called and with what. A function or an
// argument that Tilt does not have, a file that is not there, a call of fail() and a resource of objects that Tilt would not find end it with an
// error.
//
//	static-checks -context kind-ticketing -helm HELM TILTFILE
package main

import (
	"encoding/json"
	"flag"
	"log"
	"os"
	"path/filepath"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// What Tilt lets a Tiltfile do beyond Starlark itself.
var dialect = &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}

func main() {
	log.SetFlags(0)
	context := flag.String("context", "", "the current context of the kubeconfig")
	helm := flag.String("helm", "helm", "the helm that renders charts")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("one Tiltfile is needed")
	}
	calls, err := execute(flag.Arg(0), *context, *helm)
	if err != nil {
		log.Fatal(describe(err))
	}
	if err := json.NewEncoder(os.Stdout).Encode(calls); err != nil {
		log.Fatal(err)
	}
}

// execute runs the file in its folder, as Tilt does, and returns the recorded calls.
func execute(file, context, helm string) ([]call, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tilt := &standIn{folder: filepath.Dir(file), context: context, helm: helm, calls: []call{}}
	thread := &starlark.Thread{Name: "Tiltfile"}
	if _, err = starlark.ExecFileOptions(dialect, thread, filepath.Base(file), source, tilt.builtins()); err != nil {
		return nil, err
	}
	return tilt.calls, tilt.assemble()
}

// describe adds where in the Tiltfile an error has happened.
func describe(err error) string {
	if evaluation, ok := err.(*starlark.EvalError); ok {
		return evaluation.Backtrace()
	}
	return err.Error()
}
