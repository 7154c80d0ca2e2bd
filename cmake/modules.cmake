# tomte_module(NAME DEPENDS...): the static library tomte_NAME of src/NAME.
#
# What a folder may include is a lint's business (tests/lint/layers.py); what
# it links is said here, so that both have to agree.
function(tomte_module name)
	file(GLOB sources CONFIGURE_DEPENDS
		${CMAKE_SOURCE_DIR}/src/${name}/*.c)
	list(FILTER sources EXCLUDE REGEX "/main\\.c$")
	add_library(tomte_${name} STATIC ${sources})
	target_link_libraries(tomte_${name} PUBLIC tomte_flags)
	foreach(dependency ${ARGN})
		target_link_libraries(tomte_${name} PUBLIC tomte_${dependency})
	endforeach()
endfunction()
