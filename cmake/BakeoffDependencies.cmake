# Every library that is not ours. Debian 12 and Ubuntu 24.04 carry all of them but LibTorch; tools/setup installs them.
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)  # yaml-cpp 0.7 exports the bare name
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(SQLite3 3.37 REQUIRED)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# An installed Bakeoff reads this file too, for the lines above; the rest is for building.
if(NOT PROJECT_NAME STREQUAL "bakeoff")
  return()
endif()
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS filesystem)  # under Boost.Process
if(BAKEOFF_BAKER)
  find_package(LibTorch QUIET)
  if(NOT LibTorch_FOUND)
    message(FATAL_ERROR "LibTorch was not found. Run tools/setup, or pass -DCMAKE_PREFIX_PATH=<LibTorch>, "
                        "or build without local models: -DBAKEOFF_BAKER=OFF")
  endif()
endif()
