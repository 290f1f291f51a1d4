package main

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// Tilt makes a resource of each of these, whatever is in it, and of every other object that has containers.
var workloadKinds = map[string]bool{
	"CronJob": true, "DaemonSet": true, "Deployment": true, "Job": true, "Pod": true, "ReplicaSet": true, "StatefulSet": true,
}

// applied is an object that the Tiltfile has handed to Tilt.
type applied struct {
	name     string
	kind     string
	workload bool
}

// applyYaml remembers the objects of a file or of YAML text.
func (tilt *standIn) applyYaml(given arguments) (starlark.Value, error) {
	text, err := tilt.yamlText(given["yaml"])
	if err != nil {
		return nil, err
	}
	documents, err := decodeDocuments(text)
	if err != nil {
		return nil, err
	}
	for _, document := range documents {
		object, _ := document.(map[string]any)
		metadata, _ := object["metadata"].(map[string]any)
		name, _ := metadata["name"].(string)
		kind, _ := object["kind"].(string)
		if name == "" || kind == "" {
			return nil, fmt.Errorf("an object has no kind or no name")
		}
		tilt.objects = append(tilt.objects, applied{name: name, kind: kind, workload: workloadKinds[kind] || hasContainers(object)})
	}
	return starlark.None, nil
}

func hasContainers(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		if _, found := value["containers"].([]any); found {
			return true
		}
		for _, child := range value {
			if hasContainers(child) {
				return true
			}
		}
	case []any:
		for _, child := range value {
			if hasContainers(child) {
				return true
			}
		}
	}
	return false
}

// nameResource remembers what a call of k8s_resource asks for; Tilt looks for it when the whole Tiltfile has been read.
func (tilt *standIn) nameResource(given arguments) (starlark.Value, error) {
	tilt.workloads = append(tilt.workloads, texts(given["workload"])...)
	tilt.fragments = append(tilt.fragments, texts(given["objects"])...)
	return starlark.None, nil
}

// assemble does what Tilt does at the end: workloads leave the YAML first, and what `objects` names must be in the rest.
func (tilt *standIn) assemble() error {
	for _, name := range tilt.workloads {
		if !tilt.has(func(object applied) bool { return object.workload && object.name == name }) {
			return fmt.Errorf("there is no workload %s", name)
		}
	}
	for _, fragment := range tilt.fragments {
		name, kind, _ := strings.Cut(fragment, ":")
		rest := func(object applied) bool {
			return !object.workload && object.name == name && (kind == "" || object.kind == kind)
		}
		if !tilt.has(rest) {
			return fmt.Errorf("no object identified by the fragment %q could be found in remaining YAML", fragment)
		}
	}
	return nil
}

func (tilt *standIn) has(wanted func(applied) bool) bool {
	for _, object := range tilt.objects {
		if wanted(object) {
			return true
		}
	}
	return false
}
