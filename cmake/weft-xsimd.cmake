# SPDX-License-Identifier: BSL-1.0
# Read by weft's own build and by its installed package.
#
# weft_find_xsimd(ERROR) makes the target weft::xsimd from the xsimd of the parent project or of
# find_package, and checks its version here, because xsimd's own version file refuses every other
# major version. ERROR is set to a sentence where none fits. Only the include folder is taken:
# Debian's target xsimd links to an xtl that is not installed with it.
function(weft_find_xsimd error)
    if(NOT TARGET xsimd)
        find_package(xsimd QUIET CONFIG)
    endif()
    if(NOT TARGET xsimd)
        set(${error} "weft needs xsimd 8.1 to 14, and none was found (Debian: libxsimd-dev)"
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
    if(NOT TARGET weft::xsimd)
        add_library(weft::xsimd INTERFACE IMPORTED)
        target_include_directories(weft::xsimd INTERFACE ${include})
    endif()
    set(${error} "" PARENT_SCOPE)
endfunction()
