/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_pool.h"

#include <assert.h>

/* Of idle connections; libcurl's own bound is four times what runs. */
#define MAX_KEPT 4096L

struct watch {
	struct http_pool *pool;
	struct loop_io *io;
	curl_socket_t fd;
};

/* Curl must not be called from its own callbacks, so this runs by timer. */
static void on_reap(void *arg)
{
	struct http_pool *pool = arg;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(pool->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode status = message->data.result;
		void *private;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
		http_pool_remove(pool, easy);
		pool->done(private, status);
	}
}

static void on_ready(void *arg, unsigned ready)
{
	struct watch *watch = arg;
	struct http_pool *pool = watch->pool;
	int what = 0;
	int running;

	if (ready & LOOP_READ)
		what |= CURL_CSELECT_IN;
	if (ready & LOOP_WRITE)
		what |= CURL_CSELECT_OUT;
	curl_multi_socket_action(pool->multi, watch->fd, what, &running);
	on_reap(pool);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user,
		     void *socket)
{
	struct http_pool *pool = user;
	struct watch *watch = socket;
	unsigned want = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch)
			loop_io_free(watch->io);
		free(watch);
		return 0;
	}
	if (!watch) {
		watch = xcalloc(1, sizeof(*watch));
		watch->pool = pool;
		watch->fd = fd;
		watch->io = loop_io_new(pool->loop, fd, on_ready, watch);
		curl_multi_assign(pool->multi, fd, watch);
	}
	if (what & CURL_POLL_IN)
		want |= LOOP_READ;
	if (what & CURL_POLL_OUT)
		want |= LOOP_WRITE;
	loop_io_want(watch->io, want);
	return 0;
}

static int on_curl_timer(CURLM *multi, long wait_ms, void *user)
{
	struct http_pool *pool = user;

	(void)multi;
	loop_timer_at(pool->timer,
		      wait_ms < 0 ? MONO_NEVER : clock_mono() + wait_ms);
	return 0;
}

static void on_timeout(void *arg)
{
	struct http_pool *pool = arg;
	int running;

	curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	on_reap(pool);
}

struct http_pool *http_pool_new(struct loop *loop, http_pool_fn done)
{
	struct http_pool *pool = xcalloc(1, sizeof(*pool));
	CURLM *multi = curl_multi_init();

	if (!multi)
		abort(); /* out of memory */
	list_init(&pool->link);
	pool->loop = loop;
	pool->multi = multi;
	pool->done = done;
	pool->born = clock_mono();
	pool->used = pool->born;
	pool->timer = loop_timer_new(loop, on_timeout, pool);
	pool->reaper = loop_timer_new(loop, on_reap, pool);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, MAX_KEPT);
	return pool;
}

void http_pool_free(struct http_pool *pool)
{
	assert(!pool->running);
	curl_multi_cleanup(pool->multi);
	list_remove(&pool->link);
	loop_timer_free(pool->timer);
	loop_timer_free(pool->reaper);
	free(pool);
}

void http_pool_add(struct http_pool *pool, CURL *easy)
{
	curl_multi_add_handle(pool->multi, easy);
	pool->running++;
	pool->used = clock_mono();
	/* A URL that curl refuses is finished without any socket. */
	loop_timer_at(pool->reaper, clock_mono());
}

void http_pool_remove(struct http_pool *pool, CURL *easy)
{
	curl_multi_remove_handle(pool->multi, easy);
	pool->running--;
}
