/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/refusal.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"

static void digest_of(const struct bmc_target *target,
		      char digest[SECRET_DIGEST_TEXT])
{
	/* Whole fields: what is behind the NUL is zero in all of them. */
	char text[sizeof(target->user) + sizeof(target->password) +
		  sizeof(target->ipmi_key)] = "";
	char *at = text;

	str_copy(at, sizeof(target->user), target->user);
	at += sizeof(target->user);
	str_copy(at, sizeof(target->password), target->password);
	at += sizeof(target->password);
	memcpy(at, target->ipmi_key, target->ipmi_key_len);
	secret_digest(text, sizeof(text), digest);
	secret_wipe(text, sizeof(text));
}

bool refusal_recall(const struct bmc_memory *memory, const char *id,
		    const struct bmc_target *target, struct err *err)
{
	char digest[SECRET_DIGEST_TEXT];
	char *text = memory->load_refusal
			     ? memory->load_refusal(memory->arg, id)
			     : NULL;
	bool same;

	if (!text)
		return false;
	digest_of(target, digest);
	same = strlen(text) > strlen(digest) &&
	       strncmp(text, digest, strlen(digest)) == 0;
	if (same)
		err_set(err, ERR_AUTH, "%s", text + strlen(digest) + 1);
	free(text);
	return same;
}

void refusal_keep(const struct bmc_memory *memory, const char *id,
		  const struct bmc_target *target, const struct err *cause)
{
	char digest[SECRET_DIGEST_TEXT];
	AUTO_FREE char *text = NULL;

	if (!memory->save_refusal)
		return;
	digest_of(target, digest);
	text = xasprintf("%s %s", digest, cause->message);
	memory->save_refusal(memory->arg, id, text);
}

void refusal_drop(const struct bmc_memory *memory, const char *id)
{
	if (memory->save_refusal)
		memory->save_refusal(memory->arg, id, NULL);
}
