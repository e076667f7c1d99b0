// Chat as one would write it in an afternoon on Node and the `ws` package, to be compared with the
// server. As much of chat as the load generator speaks, without errors, limits or any check.
//
//   npm install --prefix build/peers ws && NODE_PATH=build/peers/node_modules node bench/peer_ws.js PORT
'use strict';

const { WebSocketServer } = require('ws');

const rooms = new Map();

const tell = (member, event) => member.send(JSON.stringify(event));

const handlers = {
    set_username(member, { username }) {
        member.username = username;
        tell(member, { type: 'username_set', username });
    },
    create_room(member) {
        const room_code = String(rooms.size + 1).padStart(6, '0');
        rooms.set(room_code, member);
        tell(member, { type: 'room_created', room_code });
    },
    join_room(member, { room_code }) {
        const host = rooms.get(room_code);
        member.partner = host;
        host.partner = member;
        tell(member, { type: 'room_joined', room_code, partner: host.username });
        tell(host, { type: 'partner_joined', username: member.username });
    },
    chat(member, { content }) {
        tell(member.partner, { type: 'chat', from: member.username, content });
    },
};

const options = { host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false };
new WebSocketServer(options).on('connection', (member) => {
    tell(member, { type: 'connected', client_id: '003ad7e2-c896-4bc7-803c-6fa305139233' });
    member.on('message', (data) => {
        const command = JSON.parse(data);
        handlers[command.type](member, command);
    });
});
