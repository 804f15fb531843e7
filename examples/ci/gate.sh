#!/usr/bin/env bash
# Gate an adapter in any CI: evaluates the candidate beside the base and leaves with the gate's exit status
# (0 GO, 1 NO-GO, 2 INCONCLUSIVE, 3 and more: something could not be done).
#
#   examples/ci/gate.sh examples/pirate.yaml examples/policy.yaml prompted baked
set -euo pipefail

experiment=${1:?experiment file} policy=${2:?policy file} base=${3:-prompted} candidate=${4:-baked}
out=${GATE_OUT:-gate}
mkdir -p "$out"

bakeoff run "$experiment" --out "$out/run"
status=0
bakeoff gate "$out/run:$base" "$out/run:$candidate" --policy "$policy" \
  --junit "$out/gate.xml" --summary "$out/gate.md" --json="$out/gate.json" || status=$?
exit "$status"
