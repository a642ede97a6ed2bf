"""CEL as the rules of custom resources use it (`x-kubernetes-validations`): text to syntax tree to Python code.

`parse` reads a rule, `types` knows what a schema's values are to CEL, `translate` writes Python of both when kgen is built or a
CRD is read, `functions` is what that Python calls. What is right follows cel-go, as the API server sets it up (apiserver pkg/cel).
"""
