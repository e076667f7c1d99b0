#include "live_media.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/check.h"
#include "live_phone.h"
#include "media/relay.h"

enum { THREADS_MAX = 3, FLIGHTS_MAX = 256, OVERHEARD = 64, BATCH_MAX = 8, WORDS_MAX = 4 };
/* A thread tells the others no more often where a phone is that has not moved. */
enum { NEWS_MS = 1000 };

/* What a media thread has been sent and has not taken. */
struct post {
    bool is_news; /* which of the two it is */
    uint64_t join;
    struct media_order order;
    struct relay_news news;
};

struct thread {
    struct live_media *media;
    struct relay *relay;
    struct post *posts; /* grows */
    uint32_t posts_count, posts_capacity;
    /* News that this thread is about to post, and the phones that it believed since it did. */
    struct relay_news news[BATCH_MAX];
    uint32_t believed[BATCH_MAX];
    uint32_t news_count, believed_count;
};

struct sent {
    uint32_t address;
    size_t len;
    uint8_t bytes[FLIGHT_BYTES];
};

/* What live has ordered about an ssrc. */
struct registration {
    bool used;
    uint32_t client;
    uint64_t join;
    struct media_order order;
};

struct live_media {
    struct relay_outbox outbox; /* first: its flush finds the rest by it */
    struct live_model *model;
    struct world *world;
    struct thread threads[THREADS_MAX];
    uint32_t threads_count;
    bool crowded;                    /* the relays are too small: what could be heard need not be */
    struct phone *phones;            /* by client */
    struct registration *registered; /* by ssrc */
    struct flight flights[FLIGHTS_MAX], overheard[OVERHEARD];
    uint32_t flights_count, overheard_count;
    struct sent sent[LIVE_MEMBERS_HERE]; /* for one datagram */
    uint32_t sent_count;
    uint64_t joins, marks;
    uint32_t addresses;
};

/* Setting up */

static void keep_sent(struct relay_outbox *outbox)
{
    struct live_media *media = (struct live_media *)(void *)outbox;
    for (uint32_t i = 0; i < outbox->count; i++) {
        const struct relay_datagram *datagram = &outbox->datagrams[i];
        if (media->sent_count == LIVE_MEMBERS_HERE || datagram->len > FLIGHT_BYTES)
            world_fails(media->world, 0, "or another is relayed too much");
        struct sent *sent = &media->sent[media->sent_count++];
        sent->address = rtp_get_u32(datagram->to->bytes);
        sent->len = datagram->len;
        memcpy(sent->bytes, datagram->bytes, datagram->len);
    }
    outbox->count = 0;
}

static void post(struct thread *thread, const struct post *post)
{
    if (thread->posts_count == thread->posts_capacity) {
        thread->posts_capacity = thread->posts_capacity * 2 + 16;
        thread->posts = realloc(thread->posts, thread->posts_capacity * sizeof *thread->posts);
        CHECK(thread->posts != NULL);
    }
    thread->posts[thread->posts_count++] = *post;
}

static void tell(void *context, const struct relay_news *news)
{
    struct thread *thread = context;
    CHECK(thread->news_count < BATCH_MAX);
    thread->news[thread->news_count++] = *news;
}

/* As the kernel hands datagrams out. */
static struct thread *thread_of(struct live_media *media, uint32_t ssrc)
{
    return &media->threads[ssrc % media->threads_count];
}

/* From now on the other threads know where the phones are that this one has heard of. */
static void post_news(struct live_media *media, struct thread *from)
{
    for (uint32_t i = 0; i < from->news_count; i++) {
        const struct post posted = {.is_news = true, .news = from->news[i]};
        for (uint32_t j = 0; j < media->threads_count; j++)
            if (&media->threads[j] != from)
                post(&media->threads[j], &posted);
    }
    for (uint32_t i = 0; i < from->believed_count; i++)
        if (thread_of(media, media->phones[from->believed[i]].ssrc) == from)
            phone_is_told(&media->phones[from->believed[i]]);
    from->news_count = from->believed_count = 0;
}

/* Once: libsrtp2 loads and tests its ciphers whenever it starts, and again after its last session
 * has gone. */
static void start_srtp(void)
{
    static srtp_t kept;
    static const uint8_t key[MEDIA_KEY_BYTES_MAX];
    if (kept != NULL)
        return;
    CHECK(srtp_init() == srtp_err_status_ok);
    kept = srtp_peer_session(MEDIA_AEAD_AES_128_GCM, key, ssrc_any_outbound);
}

struct live_media *live_media_new(struct live_model *model)
{
    static const uint8_t hash_key[16] = "another key";
    struct draw *draw = &model->world->draw;
    struct live_media *media = calloc(1, sizeof *media);
    uint32_t sessions = model->world->options.sessions;
    CHECK(media != NULL);
    start_srtp();
    media->outbox.flush = keep_sent;
    media->model = model;
    media->world = model->world;
    media->crowded = draw_percent(draw, 10);
    media->phones = calloc(sessions, sizeof *media->phones);
    media->registered = calloc(model->ssrcs_count, sizeof *media->registered);
    CHECK(media->phones != NULL && media->registered != NULL);
    const struct relay_limits roomy = {
        .peers_max = sessions, .streams_max = 1 << 20, .streams_per_receiver_max = 1 << 20};
    const struct relay_limits small = {.peers_max = sessions / 3 + 1,
                                       .streams_max = sessions / 2 + 1,
                                       .streams_per_receiver_max = 3};
    media->threads_count = 1 + draw_below(draw, THREADS_MAX);
    for (uint32_t i = 0; i < media->threads_count; i++) {
        struct thread *thread = &media->threads[i];
        thread->media = media;
        thread->relay = relay_new(media->crowded ? &small : &roomy, hash_key);
        CHECK(thread->relay != NULL);
        relay_tell(thread->relay, tell, thread);
    }
    return media;
}

void live_media_free(struct live_media *media)
{
    for (uint32_t i = 0; i < media->threads_count; i++) {
        relay_free(media->threads[i].relay);
        free(media->threads[i].posts);
    }
    for (uint32_t i = 0; i < media->world->options.sessions; i++)
        phone_clear(&media->phones[i]);
    free(media->phones);
    free(media->registered);
    free(media);
}

/* Orders */

static void check_key_is_fresh(const struct live_media *media, const struct media_order *order)
{
    for (uint32_t i = 0; i < media->model->ssrcs_count; i++) {
        const struct registration *other = &media->registered[i];
        if (memcmp(other->order.outbound, order->outbound, MEDIA_KEY_BYTES_MAX) == 0)
            world_fails(media->world, 0, "or another: ssrc %u is given a key that ssrc %u had",
                        order->ssrc, i);
    }
}

static void check_order(struct live_media *media, const struct media_order *order)
{
    const struct registration *registered =
        order->op == MEDIA_END ? NULL : &media->registered[order->ssrc];
    switch (order->op) {
    case MEDIA_ADD:
        if (registered->used)
            world_fails(media->world, 0, "or another: ssrc %u is given to two", order->ssrc);
        if (!order->plain)
            check_key_is_fresh(media, order);
        break;
    case MEDIA_REMOVE:
        if (!registered->used || registered->order.channel != order->channel)
            world_fails(media->world, 0, "or another: ssrc %u was not there", order->ssrc);
        break;
    case MEDIA_FLOOR:
        if (order->held && registered->used && registered->order.channel != order->channel)
            world_fails(media->world, 0, "or another holds a floor from elsewhere");
        break;
    case MEDIA_END:
        break;
    }
}

void live_media_ordered(struct live_media *media, const struct media_order *order)
{
    const struct post posted = {.join = ++media->joins, .order = *order};
    check_order(media, order);
    for (uint32_t i = 0; i < media->threads_count; i++)
        post(&media->threads[i], &posted);
    if (order->op == MEDIA_ADD)
        media->registered[order->ssrc] = (struct registration){
            .used = true, .client = NO_CLIENT, .join = posted.join, .order = *order};
    else if (order->op == MEDIA_REMOVE)
        media->registered[order->ssrc].used = false;
    for (uint32_t i = 0; order->op == MEDIA_END && i < media->model->ssrcs_count; i++)
        if (media->registered[i].order.channel == order->channel)
            media->registered[i].used = false;
}

uint32_t live_media_joins(struct live_media *media, uint32_t client,
                          const struct live_argument *argument)
{
    struct live_model *model = media->model;
    const struct live_model_channel *channel = &model->channels[argument->channel];
    struct registration *registered = &media->registered[argument->ssrc];
    const struct media_order *order = &registered->order;
    bool wanted = argument->keys || model->plain,
         ordered = registered->used && registered->client == NO_CLIENT;
    if (wanted != ordered)
        world_fails(media->world, client,
                    ordered ? "is relayed, and did not ask for it"
                            : "asks to be relayed, and is not");
    if (!wanted)
        return 0;
    if (order->plain == argument->keys || order->floored != (strcmp(channel->mode, "ptt") == 0) ||
        (argument->keys && (order->suite != argument->suite ||
                            memcmp(order->inbound, argument->key, media_key_bytes(order->suite)))))
        world_fails(media->world, client, "is relayed in another way than it asked for");
    registered->client = client;
    phone_joins(&media->phones[client], order, registered->join, &media->world->draw);
    if (media->phones[client].address == NO_ADDRESS)
        media->phones[client].address = ++media->addresses;
    uint32_t number = ids_add(&model->keys);
    struct id *key = &model->keys.ids[number];
    key->len = BASE64_LEN(media_key_bytes(order->suite));
    CHECK(key->len <= sizeof key->text);
    base64_encode(order->outbound, media_key_bytes(order->suite), key->text);
    return number;
}

void live_media_leaves(struct live_media *media, uint32_t client)
{
    media->phones[client].on = false;
}

/* Who has the ssrc, as a member whom the relay knows; or NO_CLIENT. */
static uint32_t client_of(const struct live_media *media, uint32_t ssrc)
{
    if (ssrc >= media->model->ssrcs_count)
        return NO_CLIENT;
    uint32_t client = media->registered[ssrc].client;
    bool has =
        client != NO_CLIENT && media->phones[client].on && media->phones[client].ssrc == ssrc;
    return has ? client : NO_CLIENT;
}

/* What is to be heard */

enum verdict { UNHEARD, MAY_BE_HEARD, HEARD };

/* Where the thread should know the phone to be. */
static const struct phone_place *place_of(struct live_media *media, const struct thread *thread,
                                          const struct phone *phone)
{
    return thread_of(media, phone->ssrc) == thread ? &phone->latched : &phone->told;
}

/* What a member is passed of a packet that was believed, by this thread. */
static enum verdict judge(struct live_media *media, const struct thread *thread, uint32_t from,
                          uint32_t to, const struct flight *flight)
{
    const struct phone *sender = &media->phones[from], *receiver = &media->phones[to];
    const struct live_model_channel *channel =
        &media->model->channels[media->model->clients[from].channel];
    const struct phone_place *place = place_of(media, thread, receiver);
    uint64_t age_ms = media->world->now_ms - place->seen_ms;
    bool sealed = !receiver->plain && !flight->control;
    if (to == from || !receiver->on || place->address == NO_ADDRESS || age_ms >= RELAY_SILENCE_MS)
        return UNHEARD;
    if (strcmp(channel->mode, "ptt") == 0 && channel->holder != from)
        return UNHEARD;
    /* Indices of a plain sender begin anew as the relay thinks best. */
    if (sealed && !sender->plain && !phone_can_hear(receiver, flight))
        return UNHEARD;
    if (media->crowded || (sealed && sender->plain && (!sender->newest || sender->restarted)))
        return MAY_BE_HEARD;
    /* Threads that do not receive a phone's packets hear of them once in a while. */
    return place == &receiver->latched || age_ms < RELAY_SILENCE_MS - NEWS_MS ? HEARD
                                                                              : MAY_BE_HEARD;
}

static void check_sent(struct live_media *media, uint32_t from, uint32_t to,
                       const struct flight *flight, struct sent *sent)
{
    struct phone *receiver = &media->phones[to];
    struct rtp_packet packet;
    uint64_t mark = srtp_peer_open(&receiver->peer, sent->bytes, sent->len, &packet);
    if (mark != flight->mark || packet.ssrc != flight->ssrc ||
        packet.kind != (flight->control ? RTP_CONTROL : RTP_MEDIA))
        world_fails(media->world, to, "cannot open what client %u said", from);
    if (flight->control)
        return;
    bool same = phone_hears(receiver, flight) && !media->phones[from].plain;
    if ((same || receiver->plain) && packet.sequence != (uint16_t)flight->index)
        world_fails(media->world, to, "hears client %u under sequence number %u instead of %u",
                    from, packet.sequence, (unsigned)(flight->index % 65536));
}

/* One that was sent to this address, taken from the list; NULL when there is none. */
static struct sent *take_sent(struct live_media *media, uint32_t address)
{
    for (uint32_t i = 0; i < media->sent_count; i++) {
        if (media->sent[i].address != address)
            continue;
        struct sent taken = media->sent[i];
        media->sent[i] = media->sent[--media->sent_count];
        media->sent[media->sent_count] = taken;
        return &media->sent[media->sent_count];
    }
    return NULL;
}

static void check_receiver(struct live_media *media, const struct thread *thread, uint32_t from,
                           uint32_t to, const struct flight *flight)
{
    enum verdict verdict = judge(media, thread, from, to, flight);
    if (verdict == UNHEARD)
        return;
    struct sent *sent = take_sent(media, place_of(media, thread, &media->phones[to])->address);
    if (sent == NULL && verdict == HEARD)
        world_fails(media->world, to, "does not hear client %u", from);
    if (sent == NULL)
        return;
    media->world->totals.packets_passed_on++;
    check_sent(media, from, to, flight, sent);
}

static void deliver(struct live_media *media, struct thread *thread, const struct flight *flight)
{
    uint32_t from = client_of(media, flight->ssrc);
    const struct phone *sender = from == NO_CLIENT ? NULL : &media->phones[from];
    if (sender != NULL && sender->plain && sender->join != flight->join)
        return; /* lost: whatever comes is believed, and nothing could be said of it */
    uint8_t bytes[FLIGHT_BYTES];
    memcpy(bytes, flight->bytes, flight->len);
    struct relay_address address = {.len = 16};
    rtp_put_u32(address.bytes, flight->address);
    relay_receive(thread->relay, bytes, flight->len, &address, media->world->now_ms,
                  &media->outbox);
    media->outbox.flush(&media->outbox);
    if (sender != NULL && phone_believes(&media->phones[from], flight, media->world->now_ms)) {
        const struct live_model_channel *channel =
            &media->model->channels[media->model->clients[from].channel];
        media->world->totals.packets_believed++;
        CHECK(thread->believed_count < BATCH_MAX);
        thread->believed[thread->believed_count++] = from;
        for (uint32_t i = 0; i < channel->count; i++)
            check_receiver(media, thread, from, channel->members[i], flight);
    }
    if (media->sent_count > 0)
        world_fails(media->world, from == NO_CLIENT ? 0 : from,
                    "or another is heard at address %u, which must not be", media->sent[0].address);
}

/* What happens */

static void take_posts(struct thread *thread)
{
    for (uint32_t i = 0; i < thread->posts_count; i++) {
        const struct post *post = &thread->posts[i];
        if (post->is_news)
            relay_learn(thread->relay, &post->news);
        else if (!relay_order(thread->relay, &post->order, post->join) && !thread->media->crowded)
            world_fails(thread->media->world, 0, "or another: the relay has no room");
    }
    thread->posts_count = 0;
}

/* Receives some of what is under way, mostly in order, and not all of it. */
static void turn(struct live_media *media, struct thread *thread)
{
    struct draw *draw = &media->world->draw;
    struct flight batch[BATCH_MAX];
    uint32_t count = 0, max = draw_below(draw, BATCH_MAX + 1);
    for (uint32_t i = 0; i < media->flights_count && count < max;) {
        struct flight *flight = &media->flights[i];
        bool later = draw_percent(draw, 20);
        if (thread_of(media, flight->ssrc) != thread || later) {
            i++;
            continue;
        }
        if (!draw_percent(draw, 5))
            batch[count++] = *flight;
        media->flights_count--;
        memmove(flight, flight + 1, (media->flights_count - i) * sizeof *flight);
    }
    take_posts(thread);
    if (thread->news_count + thread->believed_count > 0)
        post_news(media, thread);
    for (uint32_t i = 0; i < count; i++)
        deliver(media, thread, &batch[i]);
    if (draw_percent(draw, 50))
        post_news(media, thread);
}

static struct flight *launch(struct live_media *media, const struct flight *flight)
{
    if (media->flights_count == FLIGHTS_MAX) { /* the oldest is lost */
        media->flights_count--;
        memmove(media->flights, media->flights + 1, media->flights_count * sizeof *flight);
    }
    media->flights[media->flights_count] = *flight;
    return &media->flights[media->flights_count++];
}

/* Sends a packet, perhaps twice, perhaps damaged or cut off. */
static void talk(struct live_media *media, struct phone *phone)
{
    struct draw *draw = &media->world->draw;
    media->world->totals.packets_sent++;
    struct flight sent = phone_talks(phone, ++media->marks, draw);
    struct flight *flight = launch(media, &sent);
    if (draw_percent(draw, 10))
        flight = launch(media, flight);
    if (draw_percent(draw, 30))
        media->overheard[media->overheard_count++ % OVERHEARD] = *flight;
    uint32_t header = flight->control ? RTCP_HEADER_BYTES : RTP_HEADER_BYTES;
    if (draw_percent(draw, 7)) { /* another ssrc is another story */
        flight->join = 0;
        flight->bytes[header + draw_below(draw, (uint32_t)flight->len - header)] ^=
            (uint8_t)(1 << draw_below(draw, 8));
    } else if (draw_percent(draw, 3)) {
        flight->join = 0;
        flight->len = draw_below(draw, (uint32_t)flight->len);
    }
}

/* Rather somebody who will be heard. */
static uint32_t draw_talker(struct live_media *media)
{
    struct draw *draw = &media->world->draw;
    const struct live_model_channel *channel =
        &media->model->channels[draw_below(draw, media->model->channels_count)];
    if (channel->count == 0 || draw_percent(draw, 10))
        return draw_below(draw, media->world->options.sessions);
    if (channel->holder != NO_CLIENT && draw_percent(draw, 50))
        return channel->holder;
    /* Some say much: their numbers grow. */
    return channel->members[draw_percent(draw, 50) ? 0 : draw_below(draw, channel->count)];
}

static void talk_some(struct live_media *media, uint32_t client)
{
    struct draw *draw = &media->world->draw;
    struct phone *phone = &media->phones[client];
    for (uint32_t i = draw_below(draw, WORDS_MAX + 1); phone->join != 0 && i > 0; i--)
        talk(media, phone);
}

/* Others know addresses and ssrcs, and no keys. */
static void intrude(struct live_media *media)
{
    struct draw *draw = &media->world->draw;
    if (media->overheard_count == 0)
        return;
    uint32_t known = media->overheard_count < OVERHEARD ? media->overheard_count : OVERHEARD;
    struct flight flight = media->overheard[draw_below(draw, known)];
    flight.address = ++media->addresses;
    uint32_t other = draw_below(draw, media->model->ssrcs_count + 2);
    if (other != flight.ssrc && draw_percent(draw, 50)) { /* under another name */
        flight.join = 0;
        flight.ssrc = other;
        rtp_put_u32(flight.bytes + (flight.control ? 4 : 8), flight.ssrc);
    }
    launch(media, &flight);
}

void live_media_acts(struct live_media *media)
{
    enum { TALK, TURN, MOVE, INTRUDE, ACTS };
    static const uint32_t weights[ACTS] = {45, 45, 2, 5};
    struct draw *draw = &media->world->draw;
    uint32_t client = draw_talker(media);
    switch (draw_weighted(draw, weights, ACTS)) {
    case TALK:
        talk_some(media, client);
        break;
    case TURN:
        turn(media, &media->threads[draw_below(draw, media->threads_count)]);
        break;
    case MOVE:
        media->phones[client].address = ++media->addresses;
        break;
    case INTRUDE:
        intrude(media);
        break;
    }
}

static uint64_t counted(const struct live_media *media, enum relay_count what)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < media->threads_count; i++)
        sum += relay_counted(media->threads[i].relay, what);
    return sum;
}

void live_media_settles(struct live_media *media)
{
    uint32_t on = 0;
    for (uint32_t i = 0; i < media->world->options.sessions; i++)
        on += media->phones[i].on;
    for (uint32_t i = 0; i < media->threads_count; i++)
        post_news(media, &media->threads[i]);
    for (uint32_t i = 0; i < media->threads_count; i++) {
        take_posts(&media->threads[i]);
        if (relay_peers(media->threads[i].relay) != on && !media->crowded)
            world_fails(media->world, 0, "or another: a relay knows %u phones, and there are %u",
                        relay_peers(media->threads[i].relay), on);
    }
    uint64_t received = counted(media, RELAY_RECEIVED_RTP) + counted(media, RELAY_RECEIVED_RTCP);
    if ((received != media->world->totals.packets_believed && !media->crowded) ||
        counted(media, RELAY_SENT) != media->world->totals.packets_passed_on)
        world_fails(media->world, 0, "or another: the relays have counted wrongly");
}
