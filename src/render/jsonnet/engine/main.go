// Command jsonnet evaluates one program. It reads a request as JSON from standard input, files included, so that it needs
// no file system at all, and writes the result, or {"error": …}, as JSON to standard output.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"runtime/debug"

	"github.com/google/go-jsonnet"
)

// What deeply nested input may use of the stack; recursion in a program ends long before, at 500 frames.
const maxStackBytes = 64 << 20

type request struct {
	Entry string `json:"entry"`
	// In base64, because importbin reads bytes.
	Files   map[string][]byte `json:"files"`
	Libs    []string          `json:"libs"`
	TLACode map[string]string `json:"tlaCode"`
	ExtCode map[string]string `json:"extCode"`
}

type importer struct {
	request request
	known   map[string]jsonnet.Contents
}

func (i *importer) Import(from, imported string) (jsonnet.Contents, string, error) {
	if path.IsAbs(imported) {
		return jsonnet.Contents{}, "", fmt.Errorf("couldn't open import %q: absolute paths are not read", imported)
	}
	places := append([]string{path.Dir(from)}, i.request.Libs...)
	for _, place := range places {
		found := path.Clean(path.Join(place, imported))
		if contents, ok := i.known[found]; ok {
			return contents, found, nil
		}
		if bytes, ok := i.request.Files[found]; ok {
			// One value a file: the evaluator compares them.
			i.known[found] = jsonnet.MakeContentsRaw(bytes)
			return i.known[found], found, nil
		}
	}
	return jsonnet.Contents{}, "", fmt.Errorf("couldn't open import %q: no such file in the repository beside %s or in its libraries", imported, from)
}

func main() {
	debug.SetMaxStack(maxStackBytes)
	var input request
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		answer(map[string]string{"error": err.Error()})
		return
	}
	vm := jsonnet.MakeVM()
	vm.Importer(&importer{request: input, known: map[string]jsonnet.Contents{}})
	for name, code := range input.TLACode {
		vm.TLACode(name, code)
	}
	for name, code := range input.ExtCode {
		vm.ExtCode(name, code)
	}
	output, err := vm.EvaluateFile(input.Entry)
	if err != nil {
		answer(map[string]string{"error": err.Error()})
		return
	}
	answer(map[string]json.RawMessage{"value": json.RawMessage(output)})
}

func answer(value any) {
	_ = json.NewEncoder(os.Stdout).Encode(value)
}
