// Executes a Tiltfile with stand-ins for Tilt's functions and prints, as JSON, which of them it called and with what. A function or an
// argument that Tilt does not have, a file that is not there and a call of fail() end it with an error.
//
//	static-checks -context kind-ticketing -rendered charts/ticketing=FILE … TILTFILE
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// What Tilt lets a Tiltfile do beyond Starlark itself.
var dialect = &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}

// renderedCharts maps the folder of a chart to a file with what Helm makes of it.
type renderedCharts map[string]string

func (charts renderedCharts) String() string { return fmt.Sprint(map[string]string(charts)) }

func (charts renderedCharts) Set(text string) error {
	chart, file, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%q should be CHART=FILE", text)
	}
	charts[chart] = file
	return nil
}

func main() {
	log.SetFlags(0)
	charts := renderedCharts{}
	context := flag.String("context", "", "the current context of the kubeconfig")
	flag.Var(charts, "rendered", "CHART=FILE: what Helm makes of a chart; may be given several times")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("one Tiltfile is needed")
	}
	calls, err := execute(flag.Arg(0), *context, charts)
	if err != nil {
		log.Fatal(describe(err))
	}
	if err := json.NewEncoder(os.Stdout).Encode(calls); err != nil {
		log.Fatal(err)
	}
}

// execute runs the file in its folder, as Tilt does, and returns the recorded calls.
func execute(file, context string, charts renderedCharts) ([]call, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tilt := &standIn{folder: filepath.Dir(file), context: context, charts: charts, calls: []call{}}
	thread := &starlark.Thread{Name: "Tiltfile"}
	_, err = starlark.ExecFileOptions(dialect, thread, filepath.Base(file), source, tilt.builtins())
	return tilt.calls, err
}

// describe adds where in the Tiltfile an error has happened.
func describe(err error) string {
	if evaluation, ok := err.(*starlark.EvalError); ok {
		return evaluation.Backtrace()
	}
	return err.Error()
}
