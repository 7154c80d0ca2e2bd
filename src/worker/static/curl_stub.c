/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Debian's libcurl.a wants and the worker never uses.
 *
 * The archive is built with LDAP, SSH, RTMP, Kerberos, HTTP/2 and Brotli,
 * some of whose libraries have no static form. The worker speaks HTTP/1.1 to
 * ASCII host names only and asks for no content encoding, so that none of
 * these can be reached: one that is ends the process. The few that libcurl
 * calls while it starts do nothing, with success.
 *
 * Only the static program contains this file; the list is what its link
 * misses without it.
 */
#include <stdlib.h>

#define NOT_REACHED(name)                                                      \
	_Noreturn void name(void);                                             \
	void name(void)                                                        \
	{                                                                      \
		abort();                                                       \
	}

#define DOES_NOTHING(name)                                                     \
	void *name(void);                                                      \
	void *name(void)                                                       \
	{                                                                      \
		return NULL;                                                   \
	}

extern void *GSS_C_NT_HOSTBASED_SERVICE;
void *GSS_C_NT_HOSTBASED_SERVICE;

/* clang-format off */
DOES_NOTHING(idn2_check_version)
DOES_NOTHING(idn2_free)
DOES_NOTHING(idn2_lookup_ul)
DOES_NOTHING(libssh2_exit)
DOES_NOTHING(libssh2_init)
DOES_NOTHING(psl_builtin)
DOES_NOTHING(psl_free)
DOES_NOTHING(psl_is_cookie_domain_acceptable)
DOES_NOTHING(psl_latest)

/* LDAP */
NOT_REACHED(ber_bvfree)
NOT_REACHED(ber_free)
NOT_REACHED(ber_memfree)
NOT_REACHED(ber_sockbuf_add_io)
NOT_REACHED(ldap_abandon_ext)
NOT_REACHED(ldap_err2string)
NOT_REACHED(ldap_free_urldesc)
NOT_REACHED(ldap_get_attribute_ber)
NOT_REACHED(ldap_get_dn_ber)
NOT_REACHED(ldap_get_option)
NOT_REACHED(ldap_init_fd)
NOT_REACHED(ldap_memfree)
NOT_REACHED(ldap_msgfree)
NOT_REACHED(ldap_msgtype)
NOT_REACHED(ldap_parse_result)
NOT_REACHED(ldap_parse_sasl_bind_result)
NOT_REACHED(ldap_pvt_url_scheme2proto)
NOT_REACHED(ldap_result)
NOT_REACHED(ldap_sasl_bind)
NOT_REACHED(ldap_search_ext)
NOT_REACHED(ldap_set_option)
NOT_REACHED(ldap_start_tls)
NOT_REACHED(ldap_unbind_ext)
NOT_REACHED(ldap_url_parse)

/* SSH */
NOT_REACHED(libssh2_agent_connect)
NOT_REACHED(libssh2_agent_disconnect)
NOT_REACHED(libssh2_agent_free)
NOT_REACHED(libssh2_agent_get_identity)
NOT_REACHED(libssh2_agent_init)
NOT_REACHED(libssh2_agent_list_identities)
NOT_REACHED(libssh2_agent_userauth)
NOT_REACHED(libssh2_channel_free)
NOT_REACHED(libssh2_channel_read_ex)
NOT_REACHED(libssh2_channel_send_eof)
NOT_REACHED(libssh2_channel_wait_closed)
NOT_REACHED(libssh2_channel_wait_eof)
NOT_REACHED(libssh2_channel_write_ex)
NOT_REACHED(libssh2_hostkey_hash)
NOT_REACHED(libssh2_knownhost_add)
NOT_REACHED(libssh2_knownhost_checkp)
NOT_REACHED(libssh2_knownhost_del)
NOT_REACHED(libssh2_knownhost_free)
NOT_REACHED(libssh2_knownhost_get)
NOT_REACHED(libssh2_knownhost_init)
NOT_REACHED(libssh2_knownhost_readfile)
NOT_REACHED(libssh2_knownhost_writefile)
NOT_REACHED(libssh2_scp_recv2)
NOT_REACHED(libssh2_scp_send64)
NOT_REACHED(libssh2_session_abstract)
NOT_REACHED(libssh2_session_block_directions)
NOT_REACHED(libssh2_session_callback_set)
NOT_REACHED(libssh2_session_disconnect_ex)
NOT_REACHED(libssh2_session_flag)
NOT_REACHED(libssh2_session_free)
NOT_REACHED(libssh2_session_handshake)
NOT_REACHED(libssh2_session_hostkey)
NOT_REACHED(libssh2_session_init_ex)
NOT_REACHED(libssh2_session_last_errno)
NOT_REACHED(libssh2_session_last_error)
NOT_REACHED(libssh2_session_method_pref)
NOT_REACHED(libssh2_session_set_blocking)
NOT_REACHED(libssh2_sftp_close_handle)
NOT_REACHED(libssh2_sftp_init)
NOT_REACHED(libssh2_sftp_last_error)
NOT_REACHED(libssh2_sftp_mkdir_ex)
NOT_REACHED(libssh2_sftp_open_ex)
NOT_REACHED(libssh2_sftp_read)
NOT_REACHED(libssh2_sftp_readdir_ex)
NOT_REACHED(libssh2_sftp_rename_ex)
NOT_REACHED(libssh2_sftp_rmdir_ex)
NOT_REACHED(libssh2_sftp_seek64)
NOT_REACHED(libssh2_sftp_shutdown)
NOT_REACHED(libssh2_sftp_stat_ex)
NOT_REACHED(libssh2_sftp_statvfs)
NOT_REACHED(libssh2_sftp_symlink_ex)
NOT_REACHED(libssh2_sftp_unlink_ex)
NOT_REACHED(libssh2_sftp_write)
NOT_REACHED(libssh2_userauth_authenticated)
NOT_REACHED(libssh2_userauth_keyboard_interactive_ex)
NOT_REACHED(libssh2_userauth_list)
NOT_REACHED(libssh2_userauth_password_ex)
NOT_REACHED(libssh2_userauth_publickey_fromfile_ex)
NOT_REACHED(libssh2_version)

/* RTMP */
NOT_REACHED(RTMP_Alloc)
NOT_REACHED(RTMP_Close)
NOT_REACHED(RTMP_Connect1)
NOT_REACHED(RTMP_ConnectStream)
NOT_REACHED(RTMP_Free)
NOT_REACHED(RTMP_Init)
NOT_REACHED(RTMP_Read)
NOT_REACHED(RTMP_SetBufferMS)
NOT_REACHED(RTMP_SetupURL)
NOT_REACHED(RTMP_Write)

/* Kerberos */
NOT_REACHED(gss_delete_sec_context)
NOT_REACHED(gss_display_name)
NOT_REACHED(gss_display_status)
NOT_REACHED(gss_import_name)
NOT_REACHED(gss_init_sec_context)
NOT_REACHED(gss_inquire_context)
NOT_REACHED(gss_release_buffer)
NOT_REACHED(gss_release_name)
NOT_REACHED(gss_unwrap)
NOT_REACHED(gss_wrap)

/* HTTP/2 */
NOT_REACHED(nghttp2_http2_strerror)
NOT_REACHED(nghttp2_is_fatal)
NOT_REACHED(nghttp2_option_del)
NOT_REACHED(nghttp2_option_new)
NOT_REACHED(nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation)
NOT_REACHED(nghttp2_pack_settings_payload)
NOT_REACHED(nghttp2_priority_spec_init)
NOT_REACHED(nghttp2_session_callbacks_del)
NOT_REACHED(nghttp2_session_callbacks_new)
NOT_REACHED(nghttp2_session_callbacks_set_error_callback)
NOT_REACHED(nghttp2_session_callbacks_set_on_begin_headers_callback)
NOT_REACHED(nghttp2_session_callbacks_set_on_data_chunk_recv_callback)
NOT_REACHED(nghttp2_session_callbacks_set_on_frame_recv_callback)
NOT_REACHED(nghttp2_session_callbacks_set_on_header_callback)
NOT_REACHED(nghttp2_session_callbacks_set_on_stream_close_callback)
NOT_REACHED(nghttp2_session_callbacks_set_send_callback)
NOT_REACHED(nghttp2_session_check_request_allowed)
NOT_REACHED(nghttp2_session_client_new2)
NOT_REACHED(nghttp2_session_del)
NOT_REACHED(nghttp2_session_get_remote_settings)
NOT_REACHED(nghttp2_session_get_remote_window_size)
NOT_REACHED(nghttp2_session_get_stream_remote_window_size)
NOT_REACHED(nghttp2_session_get_stream_user_data)
NOT_REACHED(nghttp2_session_mem_recv)
NOT_REACHED(nghttp2_session_resume_data)
NOT_REACHED(nghttp2_session_send)
NOT_REACHED(nghttp2_session_set_local_window_size)
NOT_REACHED(nghttp2_session_set_stream_user_data)
NOT_REACHED(nghttp2_session_upgrade2)
NOT_REACHED(nghttp2_session_want_read)
NOT_REACHED(nghttp2_session_want_write)
NOT_REACHED(nghttp2_strerror)
NOT_REACHED(nghttp2_submit_ping)
NOT_REACHED(nghttp2_submit_priority)
NOT_REACHED(nghttp2_submit_request)
NOT_REACHED(nghttp2_submit_rst_stream)
NOT_REACHED(nghttp2_submit_settings)
NOT_REACHED(nghttp2_version)

/* Brotli */
NOT_REACHED(BrotliDecoderCreateInstance)
NOT_REACHED(BrotliDecoderDecompressStream)
NOT_REACHED(BrotliDecoderDestroyInstance)
NOT_REACHED(BrotliDecoderGetErrorCode)
/* clang-format on */
