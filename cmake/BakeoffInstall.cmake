# cmake --install: the program, the baker's module, the libraries with their headers, and what find_package(bakeoff) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/bakeoff)

install(TARGETS bakeoff_settings bakeoff_core bakeoff_stats bakeoff_store bakeoff_compare bakeoff_judges bakeoff_suites bakeoff_run
                bakeoff_reports EXPORT bakeoff_targets)
install(EXPORT bakeoff_targets NAMESPACE bakeoff:: FILE BakeoffTargets.cmake DESTINATION ${package_folder})
install(DIRECTORY harness judges suites reports DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bakeoff FILES_MATCHING PATTERN *.h)

install(TARGETS bakeoff)
install(TARGETS bakeoff_guard RUNTIME DESTINATION lib/bakeoff)
if(BAKEOFF_BAKER)  # the program looks for its module in ../lib/bakeoff; LibTorch stays where it was found
  set_target_properties(bakeoff_baker_module PROPERTIES INSTALL_RPATH "${LibTorch_LIBRARY_DIR}")
  install(TARGETS bakeoff_baker_module LIBRARY DESTINATION lib/bakeoff)
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/bakeoff-config.cmake.in ${PROJECT_BINARY_DIR}/bakeoff-config.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/bakeoff-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/bakeoff-config.cmake ${PROJECT_BINARY_DIR}/bakeoff-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/BakeoffDependencies.cmake DESTINATION ${package_folder})
