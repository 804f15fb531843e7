# Instruction sets of the inner loops. Each file is compiled with its own flags, whatever the rest is built for; the program
# chooses at run time. -ffp-contract=fast makes every multiply-add one rounding where the processor has it.
set(loops -O3 -ffp-contract=fast -Wno-psabi -Wno-ignored-attributes)
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/variant_generic.cpp PROPERTIES COMPILE_OPTIONS "${loops}")
foreach(variant "avx2:-mavx2;-mfma" "avx512:-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mfma"
                "avx512bf16:-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512bf16;-mfma"
                "amx:-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512bf16;-mamx-tile;-mamx-bf16;-mfma")
  string(REGEX MATCH "^[^:]*" name "${variant}")
  string(REGEX REPLACE "^[^:]*:" "" flags "${variant}")
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/variant_${name}.cpp PROPERTIES COMPILE_OPTIONS "${loops};${flags}")
endforeach()
