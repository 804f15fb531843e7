# LibTorch as a target, LibTorch::LibTorch, from its headers and libraries alone. Its own package files are not read: for a
# CUDA build they ask for a CUDA toolkit and its compiler, which nothing that uses this target needs.
#
# Looked for in CMAKE_PREFIX_PATH (LibTorch's folder, or the share/cmake below it, as torch.utils.cmake_prefix_path names
# it), then in the wheel that tools/setup unpacks. Sets LibTorch_FOUND, LibTorch_LIBRARY_DIR, and for graphs of CUDA
# operations LibTorch_CUDA_LIBRARIES and LibTorch_CUDA_INCLUDE_DIR, where it was built for CUDA: before 2.13 they need a
# toolkit's headers, and its libraries by name.
string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
file(GLOB wheel ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
set(folders)
foreach(prefix ${CMAKE_PREFIX_PATH} ${prefixes} ${wheel})
  list(APPEND folders ${prefix} ${prefix}/../.. ${prefix}/../../..)
endforeach()

find_path(LibTorch_INCLUDE_DIR ATen/ATen.h HINTS ${folders} PATH_SUFFIXES include NO_DEFAULT_PATH)
set(LibTorch_ROOT ${LibTorch_INCLUDE_DIR}/..)
foreach(library torch torch_cpu c10 torch_cuda c10_cuda)
  find_library(LibTorch_${library} ${library} HINTS ${LibTorch_ROOT}/lib NO_DEFAULT_PATH)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch DEFAULT_MSG LibTorch_torch_cpu LibTorch_c10 LibTorch_INCLUDE_DIR)

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  get_filename_component(LibTorch_LIBRARY_DIR ${LibTorch_torch_cpu} DIRECTORY)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch INTERFACE ${LibTorch_INCLUDE_DIR})
  # LibTorch's libraries also export parts of the C++ library that they were linked with, in CUDA builds unusable ones:
  # the system's comes first. Nobody names a symbol of libtorch.so, but it brings the operations of CUDA with it.
  target_link_libraries(LibTorch::LibTorch INTERFACE -Wl,--push-state,--no-as-needed stdc++
                        $<$<BOOL:${LibTorch_torch_cuda}>:${LibTorch_torch}> -Wl,--pop-state ${LibTorch_torch_cpu} ${LibTorch_c10})
endif()

if(LibTorch_torch_cuda AND NOT EXISTS ${LibTorch_INCLUDE_DIR}/ATen/accelerator/Graph.h)
  find_path(LibTorch_CUDA_INCLUDE_DIR crt/host_config.h HINTS ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES include)
  set(LibTorch_CUDA_LIBRARIES ${LibTorch_torch_cuda} ${LibTorch_c10_cuda})
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_torch LibTorch_torch_cpu LibTorch_c10 LibTorch_torch_cuda LibTorch_c10_cuda
                 LibTorch_CUDA_INCLUDE_DIR)
