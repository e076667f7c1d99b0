// Chat and game as one would write them in an afternoon on Node and the `ws` package, to be compared
// with the server. As much of both as the load generator speaks, without errors, limits or any check.
//
//   npm install --prefix build/peers ws && NODE_PATH=build/peers/node_modules node bench/peer_ws.js PORT
'use strict';

const { randomUUID } = require('crypto');
const { WebSocketServer } = require('ws');

const rooms = new Map();

const tell = (member, event) => member.send(JSON.stringify(event));

const tellOthers = (member, event) => {
    const text = JSON.stringify(event);
    for (const other of member.room) if (other !== member) other.send(text);
};

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
    Join(member, { room_id, name, color }) {
        const room = rooms.get(room_id) ?? new Set();
        rooms.set(room_id, room.add(member));
        member.state = { name, color, position: [0, 0, 0], rotation: [1, 0, 0, 0] };
        member.room = room;
        const room_state = [...room].map((each) => [each.id, each.state]);
        tell(member, { type: 'Welcome', client_id: member.id, room_state, chat_history: [] });
        tellOthers(member, { type: 'PlayerJoined', client_id: member.id, state: member.state });
    },
    Update(member, { state }) {
        member.state = state;
        tellOthers(member, { type: 'PlayerUpdate', client_id: member.id, state });
    },
};

const options = { host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false };
new WebSocketServer(options).on('connection', (member, request) => {
    member.id = randomUUID();
    if (request.url === '/chat') tell(member, { type: 'connected', client_id: member.id });
    member.on('close', () => member.room?.delete(member));
    member.on('message', (data) => {
        const command = JSON.parse(data);
        handlers[command.type](member, command);
    });
});
