/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_TOKEN_H
#define STORE_TOKEN_H

#include "store/store.h"

/*
 * Who may speak to the API: bearer tokens, of which only the SHA-256 is
 * kept, and client certificates that were signed here.
 *
 * What they may do is not known here: role and namespaces are words.
 */
enum token_type { TOKEN_BEARER, TOKEN_CERTIFICATE };

#define TOKEN_USER       65
#define TOKEN_ROLE       16
#define TOKEN_NAMESPACES 512
#define TOKEN_SERIAL     41

struct token {
	int64_t id;
	char uid[37];
	char name[254];
	enum token_type type;
	char user[TOKEN_USER];
	char role[TOKEN_ROLE];
	char namespaces[TOKEN_NAMESPACES]; /* "a,b"; "": all */
	char serial[TOKEN_SERIAL];         /* of a certificate, in hex */
	wall_ms created_at;
	char created_by[80];
	wall_ms expires_at; /* 0: never */
	wall_ms used_at;    /* to some minutes; 0: not yet */
};

/*
 * The secret of a bearer token is not kept, so it is worth nothing when it is
 * lost; NULL for a certificate. ERR_EXISTS: there is one of that name.
 */
int token_create(struct store *store, const struct token *token,
		 const char *secret, struct err *err) NODISCARD;
/* The same, in the place of the one of that name. */
int token_replace(struct store *store, const struct token *token,
		  const char *secret, struct err *err) NODISCARD;

/* Whose it is; false: nobody's. Whether it has expired is the caller's to
 * see. */
bool token_find(struct store *store, const char *secret, struct token *token);
bool token_by_serial(struct store *store, const char *serial,
		     struct token *token);
int token_get(struct store *store, const char *name, struct token *token,
	      struct err *err) NODISCARD;
/* By name; the caller frees the list. */
int token_list(struct store *store, struct token **tokens, size_t *n,
	       struct err *err) NODISCARD;

/* Notes that it was used, but not for each request anew. */
int token_used(struct store *store, const struct token *token,
	       struct err *err) NODISCARD;

/* At once worthless; a certificate's serial number is remembered. */
int token_revoke(struct store *store, const char *name,
		 struct err *err) NODISCARD;
/* Certificates, known here or not: the one of that number, or all that the
 * user got so far. */
int token_revoke_serial(struct store *store, const char *serial,
			struct err *err) NODISCARD;
int token_revoke_user(struct store *store, const char *user,
		      struct err *err) NODISCARD;
bool token_is_revoked(struct store *store, const char *serial, const char *user,
		      wall_ms issued_at);

const char *token_type_name(enum token_type type);

#endif
