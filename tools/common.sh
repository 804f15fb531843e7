# Shared by the scripts in this folder: messages, places, and how wide to build. Sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
torch_version=2.13.0
model_name=smollm2-135m-instruct
model_file=SmolLM2-135M-Instruct.Q4_1.gguf
model_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
fail() { local code=$1; shift; say "$*"; exit "$code"; }

# The same rule as the program's cache_folder().
cache_folder() { printf '%s' "${BAKEOFF_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/bakeoff}"; }
model_path() { printf '%s' "$(cache_folder)/models/$model_name/$model_file"; }

# One compiler per core, but at most one per 1.2 GB of free memory: a file with LibTorch's headers takes about 1 GB.
build_jobs() {
  local cores memory_kb jobs
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  jobs=$((memory_kb / 1200000))
  if ((jobs > cores)); then jobs=$cores; fi
  if ((jobs < 1)); then jobs=1; fi
  printf '%s' "$jobs"
}

configure_and_build() {  # configure_and_build PRESET [TARGET...]
  local preset=$1 targets=()
  shift
  if (($#)); then targets=(--target "$@"); fi
  mkdir -p "$root/build"
  (cd "$root" && cmake --preset "$preset" >"$root/build/configure-$preset.log" 2>&1) || {
    tail -n 30 "$root/build/configure-$preset.log" >&2
    fail 4 "cmake --preset $preset failed; the whole log is build/configure-$preset.log"
  }
  say "building (preset $preset, $(build_jobs) jobs)"
  (cd "$root" && cmake --build --preset "$preset" --parallel "$(build_jobs)" "${targets[@]}" >&2) || fail 4 "the build failed, see above"
}
