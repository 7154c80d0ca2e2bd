# Compiler settings for every target: one interface library to link against.

add_library(tomte_flags INTERFACE)

target_compile_definitions(tomte_flags INTERFACE _GNU_SOURCE)
target_include_directories(tomte_flags INTERFACE
	${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)

target_compile_options(tomte_flags INTERFACE
	-Wall -Wextra -Wshadow -Wundef -Wvla -Wwrite-strings
	-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wcast-align
	-Wformat=2 -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough
	-Wnull-dereference -Wframe-larger-than=16384
	-fstack-protector-strong -fPIE -fno-strict-aliasing)

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	target_compile_options(tomte_flags INTERFACE
		-Wlogical-op -Wduplicated-cond -Wduplicated-branches
		-Wformat-truncation=1 -fstack-clash-protection -fcf-protection
		-ftrivial-auto-var-init=zero)
else()
	target_compile_options(tomte_flags INTERFACE
		-Wmissing-variable-declarations -Wno-format-nonliteral)
endif()

if(TOMTE_WERROR)
	target_compile_options(tomte_flags INTERFACE -Werror)
endif()

if(TOMTE_SANITIZE)
	target_compile_options(tomte_flags INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_link_options(tomte_flags INTERFACE
		-fsanitize=address,undefined)
else()
	target_compile_options(tomte_flags INTERFACE
		$<$<CONFIG:RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
endif()

if(TOMTE_FUZZ)
	target_compile_options(tomte_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

target_link_options(tomte_flags INTERFACE -pie -Wl,-z,relro,-z,now)
