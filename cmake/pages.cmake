# Manual pages and the shells' completion: the program writes them itself, from
# the tables that its parser of options reads.
set(MAN_DIR ${CMAKE_BINARY_DIR}/man)
set(COMPLETION_DIR ${CMAKE_BINARY_DIR}/completion)
set(PAGE_MODE OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

add_custom_command(OUTPUT ${MAN_DIR}/tomte.1
	COMMAND ${CMAKE_COMMAND} -E rm -rf ${MAN_DIR}
	COMMAND tomte man ${MAN_DIR}
	DEPENDS tomte
	VERBATIM)
add_custom_command(OUTPUT ${COMPLETION_DIR}/tomte ${COMPLETION_DIR}/_tomte
		${COMPLETION_DIR}/tomte.fish
	COMMAND ${CMAKE_COMMAND} -E make_directory ${COMPLETION_DIR}
	COMMAND tomte completion bash > ${COMPLETION_DIR}/tomte
	COMMAND tomte completion zsh > ${COMPLETION_DIR}/_tomte
	COMMAND tomte completion fish > ${COMPLETION_DIR}/tomte.fish
	DEPENDS tomte
	VERBATIM)
add_custom_target(tomte_pages ALL DEPENDS ${MAN_DIR}/tomte.1
	${COMPLETION_DIR}/tomte ${COMPLETION_DIR}/_tomte
	${COMPLETION_DIR}/tomte.fish)

install(DIRECTORY ${MAN_DIR}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
	FILE_PERMISSIONS ${PAGE_MODE})
install(FILES ${COMPLETION_DIR}/tomte
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${COMPLETION_DIR}/_tomte
	DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${COMPLETION_DIR}/tomte.fish
	DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
