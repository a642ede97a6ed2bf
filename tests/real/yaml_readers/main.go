// Reads YAML documents from standard input, each ended by a NUL byte, and prints for each one line of JSON:
// {"value": ...} with what the reader saw, or {"error": "..."}.
// The argument names the reader: "sigs" (kubectl, Helm, Argo CD, Flux), with "strict" in front where a key twice is an error,
// or "v3" (kustomize).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

func read(reader string, text []byte) (json.RawMessage, error) {
	switch reader {
	case "strict-sigs":
		return yaml.YAMLToJSONStrict(text)
	case "sigs":
		return yaml.YAMLToJSON(text)
	}
	var value any
	if err := yamlv3.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func main() {
	if len(os.Args) != 2 || (os.Args[1] != "strict-sigs" && os.Args[1] != "sigs" && os.Args[1] != "v3") {
		fmt.Fprintln(os.Stderr, "usage: yaml_readers strict-sigs|sigs|v3")
		os.Exit(2)
	}
	input := bufio.NewReader(os.Stdin)
	for {
		text, err := input.ReadBytes(0)
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		answer := map[string]any{}
		if value, err := read(os.Args[1], text[:len(text)-1]); err != nil {
			answer["error"] = err.Error()
		} else {
			answer["value"] = value
		}
		line, err := json.Marshal(answer)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Stdout.Write(append(line, '\n'))
	}
}
