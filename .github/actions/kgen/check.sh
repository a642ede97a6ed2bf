#!/usr/bin/env bash
# Checks the tree OUT of the spec SPEC: annotations on stdout, SARIF in a file, a summary in Markdown; the exit code is kgen's.
set -euo pipefail

words=("$SPEC" -o "$OUT")
while IFS= read -r overlay; do
  if [ -n "$overlay" ]; then words+=(--overlay "$overlay"); fi
done <<< "${OVERLAYS:-}"
checked=("${words[@]}" --check)
if [ "${STRICT:-true}" = true ]; then checked+=(--strict); fi

code=0
kgen build "${checked[@]}" --format github || code=$?

sarif="$RUNNER_TEMP/kgen.sarif"
# What kgen was asked wrongly is no finding of the spec: the file is empty then.
kgen build "${checked[@]}" --format sarif > "$sarif" || true
if [ -s "$sarif" ]; then echo "sarif=$sarif" >> "$GITHUB_OUTPUT"; fi

# GitHub shows ten annotations of a kind and a step, and takes 1 MiB of summary: all findings, then as much of the change as fits.
report=$(kgen build "${checked[@]}" 2>&1 || true)
change=$(kgen build "${words[@]}" --diff --quiet 2> /dev/null || true)
fence='````````'
{
  if [ "$code" -eq 0 ]; then echo "### kgen: \`$OUT\` is what \`$SPEC\` makes"; else echo "### kgen: \`$OUT\` is not what \`$SPEC\` makes"; fi
  echo
  printf '%s\n%s\n%s\n' "$fence" "$(printf '%s' "$report" | head -c 200000)" "$fence"
  if [ -n "$change" ]; then
    printf '\n<details><summary>What a build would change</summary>\n\n'
    printf '%sdiff\n%s\n%s\n' "$fence" "$(printf '%s' "$change" | head -c 600000)" "$fence"
    printf '\n</details>\n'
  fi
} >> "$GITHUB_STEP_SUMMARY"

exit "$code"
