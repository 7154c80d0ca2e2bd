/* SPDX-License-Identifier: Apache-2.0 */
#include "base/throttle_plan.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"

/*
 * Each failure is a debt of one step, paid off by time. Who owes more than
 * the burst waits until there is room for one more.
 */
struct debtor {
	char peer[64]; /* "": the place is free */
	mono_ms clear_at;
};

struct throttle {
	struct debtor debtors[THROTTLE_PEERS];
	struct map *by_peer;
};

struct throttle *throttle_new(void)
{
	struct throttle *throttle = xcalloc(1, sizeof(*throttle));

	throttle->by_peer = map_new();
	return throttle;
}

void throttle_free(struct throttle *throttle)
{
	if (!throttle)
		return;
	map_free(throttle->by_peer);
	free(throttle);
}

/* No address is longer; of what is, its beginning is looked at. */
static size_t length_of(const char *peer)
{
	return strnlen(peer, sizeof(((struct debtor *)0)->peer) - 1);
}

int64_t throttle_wait(const struct throttle *throttle, const char *peer,
		      mono_ms now)
{
	const struct debtor *debtor =
		map_get(throttle->by_peer, peer, length_of(peer));
	mono_ms most = (mono_ms)(THROTTLE_BURST - 1) * THROTTLE_STEP;

	if (!debtor || debtor->clear_at - now <= most)
		return 0;
	return debtor->clear_at - now - most;
}

/* A free place, or that of who owes least. */
static struct debtor *make_room(struct throttle *throttle)
{
	struct debtor *least = &throttle->debtors[0];

	for (size_t i = 0; i < THROTTLE_PEERS && *least->peer; i++)
		if (!*throttle->debtors[i].peer ||
		    throttle->debtors[i].clear_at < least->clear_at)
			least = &throttle->debtors[i];
	if (*least->peer)
		map_remove(throttle->by_peer, least->peer, strlen(least->peer));
	*least = (struct debtor){ 0 };
	return least;
}

bool throttle_failed(struct throttle *throttle, const char *peer, mono_ms now)
{
	size_t len = length_of(peer);
	struct debtor *debtor = map_get(throttle->by_peer, peer, len);

	if (!debtor) {
		debtor = make_room(throttle);
		memcpy(debtor->peer, peer, len);
		map_put(throttle->by_peer, peer, len, debtor);
	}
	if (debtor->clear_at < now)
		debtor->clear_at = now;
	debtor->clear_at += THROTTLE_STEP;
	return throttle_wait(throttle, peer, now) > 0;
}
