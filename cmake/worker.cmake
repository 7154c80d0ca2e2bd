# The worker twice: tomte_worker, a library like every module's, for tests on
# the host, and tomte-worker, the one static program that is the hook's /init.
#
# The program shares nothing with the build around it: no sanitizers, always
# optimised, and of base only the files named here.
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
find_package(Threads REQUIRED)

tomte_module(worker base)
target_sources(tomte_worker PRIVATE
	${CMAKE_SOURCE_DIR}/src/workflow/task_wire.c)
target_link_libraries(tomte_worker PUBLIC
	PkgConfig::ZLIB PkgConfig::ZSTD Threads::Threads)

# The same, dynamic and with the build's sanitizers, for integration tests.
add_executable(worker_host ${CMAKE_SOURCE_DIR}/src/worker/main.c)
target_link_libraries(worker_host PRIVATE tomte_worker)

file(GLOB worker_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/worker/*.c)
add_executable(tomte-worker ${worker_sources}
	${CMAKE_SOURCE_DIR}/src/worker/static/curl_stub.c
	${CMAKE_SOURCE_DIR}/src/workflow/task_wire.c)
foreach(part backoff buf clock err json list log mem net rng sm str)
	target_sources(tomte-worker PRIVATE
		${CMAKE_SOURCE_DIR}/src/base/${part}.c)
endforeach()
target_compile_definitions(tomte-worker PRIVATE
	_GNU_SOURCE TOMTE_VERSION="${PROJECT_VERSION}")
target_compile_definitions(tomte_worker PRIVATE
	TOMTE_VERSION="${PROJECT_VERSION}")
target_include_directories(tomte-worker PRIVATE ${CMAKE_SOURCE_DIR}/src)
# The last -O and -g given win over those of the build type.
target_compile_options(tomte-worker PRIVATE
	-Wall -Wextra -O2 -g0 -UNDEBUG -fno-pie -fstack-protector-strong
	-ffunction-sections -fdata-sections)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	target_compile_options(tomte-worker PRIVATE
		-ftrivial-auto-var-init=zero)
endif()
target_link_options(tomte-worker PRIVATE
	-static -no-pie -s -Wl,--gc-sections -Wl,-z,relro)
# glibc warns of getaddrinfo and others: "files" and "dns" are inside it,
# which do.
include(CheckLinkerFlag)
check_linker_flag(C -Wl,--no-warnings TOMTE_LD_QUIET)
if(TOMTE_LD_QUIET)
	target_link_options(tomte-worker PRIVATE -Wl,--no-warnings)
endif()
target_link_libraries(tomte-worker PRIVATE
	curl ssl crypto jansson zstd z)
set_target_properties(tomte-worker PROPERTIES
	POSITION_INDEPENDENT_CODE OFF RUNTIME_OUTPUT_DIRECTORY
	${CMAKE_BINARY_DIR})
