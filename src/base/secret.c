/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/str.h"

#define VERSION    1
#define NONCE_SIZE 12
#define TAG_SIZE   16

static void cipher_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int sync_directory_of(const char *path)
{
	CLEANUP(close_fd) int fd = -1;
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *directory =
		slash ? xstrndup(path, (size_t)(slash - path) + 1)
		      : xstrdup(".");

	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

/*
 * All of it or nothing has the key's name, and it keeps it through a power
 * cut: what is sealed under a key that got lost is lost too. A key that is
 * there already is never replaced.
 */
static int key_make(struct secret_key *key, const char *path, struct err *err)
{
	AUTO_FREE char *beside = xasprintf("%s.XXXXXX", path);
	CLEANUP(close_fd) int fd = mkostemp(beside, O_CLOEXEC);
	struct rng rng = rng_system();
	int errnum = 0;

	if (fd < 0)
		return err_errno(err, errno, "make key %s", path);
	rng_bytes(&rng, key->bytes, sizeof(key->bytes));
	if (write(fd, key->bytes, sizeof(key->bytes)) !=
		    (ssize_t)sizeof(key->bytes) ||
	    fsync(fd) || link(beside, path) || sync_directory_of(path))
		errnum = errno;
	unlink(beside);
	return errnum ? err_errno(err, errnum, "write key %s", path) : 0;
}

int secret_key_load(struct secret_key *key, const char *path, struct err *err)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return key_make(key, path, err);
	if (fd < 0)
		return err_errno(err, errno, "open key %s", path);
	if (fstat(fd, &st))
		return err_errno(err, errno, "stat key %s", path);
	if (st.st_mode & 077)
		return err_set(err, ERR_DENIED,
			       "key %s can be read by others (mode %o): "
			       "chmod 600 it",
			       path, st.st_mode & 0777);
	if (st.st_size != sizeof(key->bytes) ||
	    read(fd, key->bytes, sizeof(key->bytes)) !=
		    (ssize_t)sizeof(key->bytes))
		return err_set(err, ERR_INVALID, "key %s is not %d bytes long",
			       path, SECRET_KEY_SIZE);
	return 0;
}

int secret_seal(const struct secret_key *key, const char *context,
		const void *plain, size_t len, struct buf *sealed,
		struct err *err)
{
	CLEANUP(cipher_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	AUTO_FREE unsigned char *out = xmalloc(len + SECRET_OVERHEAD);
	struct rng rng = rng_system();
	unsigned char *nonce = out + 1;
	unsigned char *body = out + 1 + NONCE_SIZE;
	int n;

	out[0] = VERSION;
	rng_bytes(&rng, nonce, NONCE_SIZE);
	if (!ctx ||
	    !EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes,
				nonce) ||
	    !EVP_EncryptUpdate(ctx, NULL, &n, (const void *)context,
			       (int)strlen(context)) ||
	    !EVP_EncryptUpdate(ctx, body, &n, plain, (int)len) ||
	    !EVP_EncryptFinal_ex(ctx, body + n, &n) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
				 body + len))
		return err_set(err, ERR_IO, "encryption of %s failed", context);
	buf_add(sealed, out, len + SECRET_OVERHEAD);
	if (sealed->overflow)
		return err_set(err, ERR_TOO_BIG, "%s: secret over %zu bytes",
			       context, sealed->limit);
	return 0;
}

int secret_open(const struct secret_key *key, const char *context,
		const void *sealed, size_t len, struct buf *plain,
		struct err *err)
{
	CLEANUP(cipher_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const unsigned char *in = sealed;
	AUTO_FREE unsigned char *out = NULL;
	unsigned char tag[TAG_SIZE];
	size_t body;
	int n;
	int opened;

	if (len < SECRET_OVERHEAD || in[0] != VERSION)
		return err_set(err, ERR_INVALID, "%s: not a sealed secret",
			       context);
	body = len - SECRET_OVERHEAD;
	out = xmalloc(body);
	memcpy(tag, in + len - TAG_SIZE, TAG_SIZE);
	opened =
		ctx &&
		EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes,
				   in + 1) &&
		EVP_DecryptUpdate(ctx, NULL, &n, (const void *)context,
				  (int)strlen(context)) &&
		EVP_DecryptUpdate(ctx, out, &n, in + 1 + NONCE_SIZE,
				  (int)body) &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) &&
		EVP_DecryptFinal_ex(ctx, out + n, &n);
	if (opened)
		buf_add(plain, out, body);
	secret_wipe(out, body);
	if (!opened)
		return err_set(err, ERR_MISMATCH,
			       "%s: the key of this installation does not "
			       "open it",
			       context);
	if (plain->overflow)
		return err_set(err, ERR_TOO_BIG, "%s: secret over %zu bytes",
			       context, plain->limit);
	return 0;
}

void secret_token(char out[SECRET_TOKEN_TEXT])
{
	unsigned char bytes[32];
	struct rng rng = rng_system();

	rng_bytes(&rng, bytes, sizeof(bytes));
	str_hex(out, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
}

void secret_digest(const void *bytes, size_t len, char out[SECRET_DIGEST_TEXT])
{
	unsigned char digest[SECRET_DIGEST_SIZE];
	unsigned n;

	if (!EVP_Digest(bytes, len, digest, &n, EVP_sha256(), NULL))
		abort(); /* an OpenSSL without SHA-256 */
	str_hex(out, digest, sizeof(digest));
}

static void hmac(const void *key, const char *text,
		 unsigned char out[SECRET_DIGEST_SIZE])
{
	unsigned n;

	if (!HMAC(EVP_sha256(), key, SECRET_KEY_SIZE, (const void *)text,
		  strlen(text), out, &n))
		abort(); /* an OpenSSL without SHA-256 */
}

void secret_sign(const struct secret_key *key, const char *context,
		 const char *text, char out[SECRET_DIGEST_TEXT])
{
	unsigned char own[SECRET_DIGEST_SIZE];
	unsigned char digest[SECRET_DIGEST_SIZE];

	hmac(key->bytes, context, own);
	hmac(own, text, digest);
	secret_wipe(own, sizeof(own));
	str_hex(out, digest, sizeof(digest));
}

bool secret_equal(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}

void secret_wipe(void *memory, size_t size)
{
	OPENSSL_cleanse(memory, size);
}

void secret_release(struct buf *buf)
{
	if (buf->allocated)
		secret_wipe(buf->base, buf->allocated);
	buf_release(buf);
}
