/* SPDX-License-Identifier: Apache-2.0 */
#include <event2/bufferevent_ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include "base/http_private.h"

/*
 * Who is at the other end.
 */

bool http_peer_process(const struct http_request *req, unsigned *uid, int *pid)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (!req->conn->server->unix_socket ||
	    getsockopt(bufferevent_getfd(req->conn->bev), SOL_SOCKET,
		       SO_PEERCRED, &peer, &len))
		return false;
	*uid = peer.uid;
	*pid = peer.pid;
	return true;
}

/* The error stays in the connection's verify result. */
static int go_on(int good, X509_STORE_CTX *ctx)
{
	(void)good;
	(void)ctx;
	return 1;
}

int http_tls_trust(struct ssl_ctx_st *tls, struct x509_st *ca, struct err *err)
{
	/* Without it OpenSSL refuses to resume a session that has a client
	 * certificate. */
	static const unsigned char context[] = "tomte";

	if (X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), ca) != 1 ||
	    SSL_CTX_add_client_CA(tls, ca) != 1 ||
	    SSL_CTX_set_session_id_context(tls, context, sizeof(context) - 1) !=
		    1)
		return err_set(err, ERR_IO,
			       "the CA for client certificates is refused");
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, go_on);
	return 0;
}

enum http_cert http_peer_cert(const struct http_request *req, struct cert *cert)
{
	SSL *ssl = bufferevent_openssl_get_ssl(req->conn->bev);
	X509 *shown = ssl ? SSL_get0_peer_certificate(ssl) : NULL;
	struct err ignored;

	*cert = (struct cert){ 0 };
	if (!shown)
		return HTTP_CERT_NONE;
	if (SSL_get_verify_result(ssl) != X509_V_OK ||
	    cert_read(shown, cert, &ignored))
		return HTTP_CERT_FOREIGN;
	return HTTP_CERT_TRUSTED;
}
