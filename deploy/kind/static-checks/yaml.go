package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	starlarkjson "go.starlark.net/lib/json"
	"go.starlark.net/starlark"
	"go.yaml.in/yaml/v3"
)

func decodeYamlStream(given arguments) (starlark.Value, error) {
	text, ok := starlark.AsString(given["yaml"])
	if !ok {
		return nil, fmt.Errorf("%s is no text", given["yaml"].Type())
	}
	documents, err := decodeDocuments(text)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(documents)
	if err != nil {
		return nil, err
	}
	decode := starlarkjson.Module.Members["decode"]
	return starlark.Call(&starlark.Thread{}, decode, starlark.Tuple{starlark.String(encoded)}, nil)
}

// decodeDocuments leaves empty documents out.
func decodeDocuments(text string) ([]any, error) {
	documents := []any{}
	for decoder := yaml.NewDecoder(bytes.NewBufferString(text)); ; {
		var document any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return documents, nil
		} else if err != nil {
			return nil, err
		}
		if document != nil {
			documents = append(documents, document)
		}
	}
}

// encodeYamlStream writes each document as JSON, which is YAML too.
func encodeYamlStream(given arguments) (starlark.Value, error) {
	documents, ok := given["objs"].(*starlark.List)
	if !ok {
		return nil, fmt.Errorf("%s is no list", given["objs"].Type())
	}
	stream := ""
	for i := range documents.Len() {
		document, err := encodeJson(documents.Index(i))
		if err != nil {
			return nil, err
		}
		stream += "---\n" + document + "\n"
	}
	return starlark.String(stream), nil
}
