# Language level, warnings as errors, sanitizers, faster builds.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

find_program(BAKEOFF_CCACHE ccache)
if(BAKEOFF_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BAKEOFF_CCACHE})
endif()
find_program(BAKEOFF_MOLD mold)
if(BAKEOFF_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# What every target of ours is compiled with; headers of others are SYSTEM and exempt.
add_library(bakeoff_settings INTERFACE)
target_include_directories(bakeoff_settings INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                      $<INSTALL_INTERFACE:include/bakeoff>)
target_compile_features(bakeoff_settings INTERFACE cxx_std_20)
target_compile_options(bakeoff_settings INTERFACE
  $<BUILD_INTERFACE:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 and 13, optimising, see uninitialised values in moved std::variants. 12 sees overlapping copies in
  # `"text" + std::string` (its bug 105651); 13 takes what a temporary iterator or lock refers to for a part of it.
  set(not_here $<IF:$<VERSION_LESS:${CMAKE_CXX_COMPILER_VERSION},13>,-Wno-restrict,-Wno-dangling-reference>
               -Wno-maybe-uninitialized)
  target_compile_options(bakeoff_settings INTERFACE "$<BUILD_INTERFACE:${not_here}>")
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)  # with its <=>, nlohmann/json can not compare a string with a value
    target_compile_definitions(bakeoff_settings INTERFACE $<BUILD_INTERFACE:JSON_HAS_THREE_WAY_COMPARISON=0>)
  endif()
endif()
if(BAKEOFF_SANITIZE)
  add_compile_options(-fsanitize=${BAKEOFF_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BAKEOFF_SANITIZE})
endif()

# bakeoff_layer(NAME SOURCES... LINK ...): one layer, one static library bakeoff::NAME, from the .cpp files of its folder.
function(bakeoff_layer name)
  cmake_parse_arguments(LAYER "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(bakeoff_${name} STATIC ${sources})
  add_library(bakeoff::${name} ALIAS bakeoff_${name})
  set_target_properties(bakeoff_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(bakeoff_${name} PUBLIC bakeoff_settings ${LAYER_LINK})
endfunction()
