# SPDX-License-Identifier: BSL-1.0
# Read by weft's own build and by its installed package.
#
# weft_find_xsimd(ERROR) makes the target weft::xsimd. On x86 g++ and clang need no xsimd, none is
# looked for, and the target is empty, unless WEFT_USE_XSIMD is on. Elsewhere it is the xsimd of the
# parent project or of find_package, whose version is checked here, because xsimd's own version file
# refuses every other major version. ERROR is set to a sentence where none fits. Only the include
# folder is taken: Debian's target xsimd links to an xtl that is not installed with it.
function(weft_find_xsimd error)
    set(${error} "" PARENT_SCOPE)
    if(TARGET weft::xsimd)
        return()
    endif()
    set(own FALSE)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i.86)$"
            AND CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang|AppleClang)$" AND NOT MSVC)
        set(own TRUE)
    endif()
    if(own AND NOT WEFT_USE_XSIMD)
        add_library(weft::xsimd INTERFACE IMPORTED)
        return()
    endif()
    if(NOT TARGET xsimd)
        if(NOT DEFINED XSIMD_ENABLE_XTL_COMPLEX)
            set(XSIMD_ENABLE_XTL_COMPLEX OFF)  # else Debian's xsimd 14 asks for an xtl
        endif()
        find_package(xsimd QUIET CONFIG)
    endif()
    if(NOT TARGET xsimd)
        set(${error} "weft needs xsimd 8.1 to 14 here, and none was found (Debian: libxsimd-dev)"
            PARENT_SCOPE)
        return()
    endif()
    get_target_property(include xsimd INTERFACE_INCLUDE_DIRECTORIES)
    set(version "${xsimd_VERSION}")
    if(NOT version)  # a target of the parent project: ask its header
        string(REGEX REPLACE "\\$<BUILD_INTERFACE:([^>]*)>" "\\1" folders "${include}")
        find_file(header xsimd/config/xsimd_config.hpp PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
        if(header)
            file(STRINGS "${header}" lines REGEX "XSIMD_VERSION_(MAJOR|MINOR) [0-9]+")
            string(REGEX MATCHALL "[0-9]+" version "${lines}")
            list(JOIN version . version)
        endif()
    endif()
    if(version VERSION_LESS 8.1 OR version VERSION_GREATER_EQUAL 15)
        set(${error} "weft needs xsimd 8.1 to 14, and found ${version}" PARENT_SCOPE)
        return()
    endif()
    add_library(weft::xsimd INTERFACE IMPORTED)
    target_include_directories(weft::xsimd INTERFACE ${include})
    if(own)
        target_compile_definitions(weft::xsimd INTERFACE WEFT_USE_XSIMD)
    endif()
endfunction()
