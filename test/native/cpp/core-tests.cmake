# core-tests: a core's src/core/testing/*-test.cc, under the sanitizers that SANITIZE names.
set(SANITIZE "" CACHE STRING "address,undefined or thread; empty: none")

function(add_core_tests core)
  file(GLOB TEST_SOURCES CONFIGURE_DEPENDS src/core/testing/*-test.cc)
  add_executable(core-tests ${TEST_SOURCES} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/main.cc)
  target_include_directories(core-tests PRIVATE src ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  target_link_libraries(core-tests PRIVATE ${core})
  if(SANITIZE)
    # PUBLIC: the tests as well.
    target_compile_options(${core} PUBLIC -fsanitize=${SANITIZE} -fno-omit-frame-pointer -g1)
    target_link_options(${core} PUBLIC -fsanitize=${SANITIZE})
  endif()
endfunction()
