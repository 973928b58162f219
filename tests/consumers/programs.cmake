# SPDX-License-Identifier: BSL-1.0
# The programs of both CMake consumers.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_executable(consumer ../main.cpp)
target_link_libraries(consumer PRIVATE weft::weft)
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/../../../examples/hello.cpp)
    add_executable(hello ../../../examples/hello.cpp)
    target_link_libraries(hello PRIVATE weft::weft)
endif()
if(weft_data_FOUND)
    add_executable(consumer_data ../main.cpp)
    target_link_libraries(consumer_data PRIVATE weft::data)
endif()
