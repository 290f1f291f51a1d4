package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	starlarkjson "go.starlark.net/lib/json"
	"go.starlark.net/starlark"
)

// call is one call of a function of Tilt; arguments that were not given are left out.
type call struct {
	Function  string                     `json:"function"`
	Arguments map[string]json.RawMessage `json:"arguments"`
}

// arguments holds what a function was called with, by parameter.
type arguments map[string]starlark.Value

// standIn is what the Tiltfile sees in place of Tilt.
type standIn struct {
	folder    string
	context   string
	helm      string
	calls     []call
	objects   []applied
	workloads []string
	fragments []string
}

// What charts are rendered for; Helm's own idea of a cluster depends on how it was built.
const kubernetesVersion = "1.34.0"

// The parameters of the functions, in Tilt's order; those before the bar must be given.
var parameters = map[string]string{
	"allow_k8s_contexts": "contexts |",
	"ci_settings":        "| k8s_grace_period timeout readiness_timeout",
	"decode_yaml_stream": "yaml |",
	"docker_build": "ref context | build_args dockerfile dockerfile_contents live_update match_in_env_vars ignore only entrypoint target ssh " +
		"network secret extra_tag container_args cache_from pull platform extra_hosts",
	"encode_yaml_stream": "objs |",
	"fail":               "msg |",
	"helm":               "pathToChartDir | name namespace values set kube_version skip_crds",
	"k8s_context":        "|",
	"k8s_resource": "| workload new_name port_forwards extra_pod_selectors trigger_mode resource_deps objects auto_init pod_readiness links " +
		"labels discovery_strategy",
	"k8s_yaml": "yaml | allow_duplicates",
	"link":     "url name |",
	"local_resource": "name cmd | deps trigger_mode resource_deps ignore auto_init serve_cmd cmd_bat serve_cmd_bat allow_parallel links labels env " +
		"serve_env readiness_probe dir serve_dir",
	"port_forward":     "local_port | container_port name link_path host",
	"run":              "cmd | trigger echo_off",
	"sync":             "local_path remote_path |",
	"update_settings":  "| max_parallel_updates k8s_upsert_timeout_secs suppress_unused_image_warnings k8s_server_side_apply",
	"version_settings": "| check_updates constraint",
	"watch_file":       "file_path |",
}

// Parameters that name files or folders, which must exist. What is compiled need not have been.
var paths = map[string][]string{
	"docker_build":   {"context", "dockerfile"},
	"helm":           {"values"},
	"local_resource": {"deps"},
	"watch_file":     {"file_path"},
}

func (tilt *standIn) builtins() starlark.StringDict {
	results := map[string]func(arguments) (starlark.Value, error){
		"decode_yaml_stream": decodeYamlStream,
		"encode_yaml_stream": encodeYamlStream,
		"fail":               fail,
		"helm":               tilt.render,
		"k8s_context":        func(arguments) (starlark.Value, error) { return starlark.String(tilt.context), nil },
		"k8s_resource":       tilt.nameResource,
		"k8s_yaml":           tilt.applyYaml,
		"link":               asDict,
		"port_forward":       asDict,
		"run":                asDict,
		"sync":               asDict,
	}
	functions := starlark.StringDict{
		"TRIGGER_MODE_AUTO":   starlark.String("auto"),
		"TRIGGER_MODE_MANUAL": starlark.String("manual"),
	}
	for name, signature := range parameters {
		functions[name] = tilt.builtin(name, signature, results[name])
	}
	return functions
}

// builtin makes a function that takes the parameters of the signature, is recorded, and answers with what result makes of them.
func (tilt *standIn) builtin(name, signature string, result func(arguments) (starlark.Value, error)) *starlark.Builtin {
	required, optional, _ := strings.Cut(signature, "|")
	needed := strings.Fields(required)
	all := append(needed, strings.Fields(optional)...)
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		given, err := bind(all, args, kwargs)
		if err != nil {
			return nil, err
		}
		for _, parameter := range needed {
			if given[parameter] == nil {
				return nil, fmt.Errorf("%s is missing", parameter)
			}
		}
		if err := tilt.requireFiles(paths[name], given); err != nil {
			return nil, err
		}
		if err := tilt.record(name, given); err != nil {
			return nil, err
		}
		if result == nil {
			return starlark.None, nil
		}
		return result(given)
	})
}

func bind(parameters []string, args starlark.Tuple, kwargs []starlark.Tuple) (arguments, error) {
	if len(args) > len(parameters) {
		return nil, fmt.Errorf("%d arguments are given, there are %d parameters", len(args), len(parameters))
	}
	given := arguments{}
	for i, value := range args {
		given[parameters[i]] = value
	}
	known := map[string]bool{}
	for _, parameter := range parameters {
		known[parameter] = true
	}
	for _, pair := range kwargs {
		parameter := string(pair[0].(starlark.String))
		if !known[parameter] {
			return nil, fmt.Errorf("there is no parameter %s", parameter)
		}
		if given[parameter] != nil {
			return nil, fmt.Errorf("%s is given twice", parameter)
		}
		given[parameter] = pair[1]
	}
	return given, nil
}

func (tilt *standIn) record(name string, given arguments) error {
	recorded := call{Function: name, Arguments: map[string]json.RawMessage{}}
	for parameter, value := range given {
		text, err := encodeJson(value)
		if err != nil {
			return fmt.Errorf("%s: %w", parameter, err)
		}
		recorded.Arguments[parameter] = json.RawMessage(text)
	}
	tilt.calls = append(tilt.calls, recorded)
	return nil
}

func (tilt *standIn) requireFiles(parameters []string, given arguments) error {
	for _, parameter := range parameters {
		for _, path := range texts(given[parameter]) {
			if _, err := os.Stat(filepath.Join(tilt.folder, path)); err != nil {
				return fmt.Errorf("%s: %w", parameter, err)
			}
		}
	}
	return nil
}

// texts returns the strings of a value that is a string or a list of them.
func texts(value starlark.Value) []string {
	switch value := value.(type) {
	case starlark.String:
		return []string{string(value)}
	case *starlark.List:
		found := []string{}
		for i := range value.Len() {
			found = append(found, texts(value.Index(i))...)
		}
		return found
	default:
		return nil
	}
}

// render asks Helm, as Tilt does: without the chart's tests.
func (tilt *standIn) render(given arguments) (starlark.Value, error) {
	args := []string{"template", "--skip-tests", "--kube-version", kubernetesVersion}
	for _, parameter := range []string{"namespace", "values", "set"} {
		for _, value := range texts(given[parameter]) {
			args = append(args, "--"+parameter, value)
		}
	}
	args = append(args, texts(given["name"])...)
	command := exec.Command(tilt.helm, append(args, texts(given["pathToChartDir"])...)...)
	command.Dir = tilt.folder
	rendered, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("helm: %s", failed.Stderr)
	}
	return starlark.String(rendered), err
}

// yamlText returns YAML that is given as text, or as the name of a file that has it.
func (tilt *standIn) yamlText(value starlark.Value) (string, error) {
	text := strings.Join(texts(value), "")
	if strings.Contains(text, "\n") {
		return text, nil
	}
	content, err := os.ReadFile(filepath.Join(tilt.folder, text))
	return string(content), err
}

func fail(given arguments) (starlark.Value, error) {
	return nil, fmt.Errorf("%s", strings.Join(texts(given["msg"]), " "))
}

func asDict(given arguments) (starlark.Value, error) {
	dict := starlark.NewDict(len(given))
	for parameter, value := range given {
		if err := dict.SetKey(starlark.String(parameter), value); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

func encodeJson(value starlark.Value) (string, error) {
	encoded, err := starlark.Call(&starlark.Thread{}, starlarkjson.Module.Members["encode"], starlark.Tuple{value}, nil)
	if err != nil {
		return "", err
	}
	return string(encoded.(starlark.String)), nil
}
