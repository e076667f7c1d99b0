/* What the media relay is told, and the keys that members send and receive with. */
#include "base/base64.h"
#include "base/check.h"
#include "live/state.h"
#include "media_order.h"

_Static_assert((int)MEDIA_AES_CM_128_HMAC_SHA1_80 == (int)LIVE_SUITE_AES_CM_128_HMAC_SHA1_80 &&
                   (int)MEDIA_AEAD_AES_128_GCM == (int)LIVE_SUITE_AEAD_AES_128_GCM,
               "the same order");

static bool decode_key(const struct live_srtp *srtp, uint8_t key[MEDIA_KEY_BYTES_MAX])
{
    return base64_decode(srtp->key, key, media_key_bytes((enum media_suite)srtp->suite));
}

bool media_key_valid(const struct live_srtp *srtp)
{
    uint8_t key[MEDIA_KEY_BYTES_MAX];
    return decode_key(srtp, key);
}

/* Draws what the member receives with, and says it in the ack. */
static void add_keys(const struct live_srtp *sends_with, struct media_order *order,
                     struct live_channel_join_ack *ack, struct turn *turn)
{
    bool valid = decode_key(sends_with, order->inbound);
    CHECK(valid); /* the handler has refused others */
    order->suite = (enum media_suite)sends_with->suite;
    uint32_t len = media_key_bytes(order->suite);
    random_bytes(turn->random, order->outbound, len);
    char *text = turn_memory(turn, BASE64_LEN(len));
    base64_encode(order->outbound, len, text);
    ack->has_srtp = true;
    ack->srtp = (struct live_srtp){.suite = sends_with->suite, .key = {text, BASE64_LEN(len)}};
}

void media_add(struct live *live, uint32_t slot, const struct live_channel_join_cmd *command,
               struct live_channel_join_ack *ack, struct turn *turn)
{
    struct member *member = member_at(live, slot);
    const struct channel *channel = channel_at(live, member->channel.slot);
    member->media =
        live->options.media_port != 0 && (command->has_srtp || live->options.media_plain);
    if (!member->media)
        return;
    struct media_order order = {.op = MEDIA_ADD,
                                .channel = channel->number,
                                .ssrc = member->ssrc,
                                .plain = !command->has_srtp,
                                .floored = channel->mode == LIVE_MODE_PTT};
    if (command->has_srtp) {
        add_keys(&command->srtp, &order, ack, turn);
        struct str host = live->options.media_host;
        if (host.len == 0)
            host = live_text(live, session_at(live, member->session)->host);
        ack->has_media = true;
        ack->media = (struct live_media){.host = host, .port = live->options.media_port};
    }
    effect_media(turn, &order);
}

void media_remove(struct live *live, uint32_t slot, struct turn *turn)
{
    const struct member *member = member_at(live, slot);
    struct media_order order = {.op = MEDIA_REMOVE,
                                .channel = channel_at(live, member->channel.slot)->number,
                                .ssrc = member->ssrc};
    if (member->media)
        effect_media(turn, &order);
}

void media_end(struct live *live, const struct channel *channel, struct turn *turn)
{
    struct media_order order = {.op = MEDIA_END, .channel = channel->number};
    if (live->options.media_port != 0)
        effect_media(turn, &order);
}

void media_floor(struct live *live, const struct channel *channel, struct turn *turn)
{
    uint32_t holder = channel->floor.holder;
    struct media_order order = {.op = MEDIA_FLOOR,
                                .channel = channel->number,
                                .ssrc = holder == NONE ? 0 : member_at(live, holder)->ssrc,
                                .epoch = channel->floor.epoch,
                                .held = holder != NONE};
    if (live->options.media_port != 0)
        effect_media(turn, &order);
}
