/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/yaml.h"
#include "store/object.h"

#define MAX_FILE (64 * 1024)

/* The token in the file that is there; false: none, or not a good one. */
static bool read_token(struct store *store, const char *path, char *token,
		       size_t size)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(MAX_FILE);
	AUTO_JSON json_t *documents = NULL;
	const char *found;
	struct err err;
	char role[32];
	char part[4096];
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return false;
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(&text, part, n);
	fclose(file);
	documents = yaml_parse(text.base, text.len, YAML_TYPED, NULL, &err);
	found = json_str_at(documents, "[0].users[0].user.token");
	if (!found || !str_copy(token, size, found))
		return false;
	token_role(store, token, role, sizeof(role));
	return str_eq(role, "admin");
}

static json_t *kubeconfig(const char *server, const char *ca_pem,
			  const char *token)
{
	CLEANUP(buf_release) struct buf ca = BUF_INIT(MAX_FILE);

	str_base64(&ca, ca_pem, strlen(ca_pem));
	return json_pack("{s:s,s:s,s:[{s:s,s:{s:s,s:s}}],s:[{s:s,s:{s:s}}],"
			 "s:[{s:s,s:{s:s,s:s}}],s:s}",
			 "apiVersion", "v1", "kind", "Config", "clusters",
			 "name", "tomte", "cluster", "server", server,
			 "certificate-authority-data", ca.base, "users", "name",
			 "admin", "user", "token", token, "contexts", "name",
			 "tomte", "context", "cluster", "tomte", "user",
			 "admin", "current-context", "tomte");
}

/* Whole or not at all: written beside it and put in its place. */
static int write_file(const char *path, const char *text, struct err *err)
{
	AUTO_FREE char *beside = xasprintf("%s.new", path);
	size_t len = strlen(text);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good;

	if (fd < 0)
		return err_errno(err, errno, "make %s", beside);
	good = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	if (close(fd) || !good || rename(beside, path)) {
		err_errno(err, errno, "write %s", path);
		unlink(beside);
		return -1;
	}
	return 0;
}

int access_write(struct store *store, const char *folder, const char *server,
		 const char *ca_pem, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/kubeconfig", folder);
	AUTO_JSON json_t *config = NULL;
	char token[SECRET_TOKEN_TEXT];
	char *text;
	int status;

	if (!read_token(store, path, token, sizeof(token))) {
		secret_token(token);
		if (token_put(store, "admin", "admin", token, err))
			return -1;
	}
	config = kubeconfig(server, ca_pem, token);
	secret_wipe(token, sizeof(token));
	text = yaml_text(config);
	status = write_file(path, text, err);
	secret_wipe(text, strlen(text));
	free(text);
	return status;
}
