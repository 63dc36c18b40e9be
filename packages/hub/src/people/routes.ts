import { os } from '../rpc.ts';
import { acceptInvitation, invite, readInvitation } from './invitations.ts';
import { listPeople, readMe, readPerson, updateMe } from './profiles.ts';
import { signIn, signOut } from './sessions.ts';
import { setUp } from './setup.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';

const done = {};

export const peopleRoutes = {
  setup: os.people.setup.handler(({ input, context }) => setUp(context, input)),
  signIn: os.people.signIn.handler(({ input, context }) => signIn(context, input)),
  signOut: os.people.signOut.handler(({ context }) => signOut(context).then(() => done)),
  me: os.people.me.handler(({ context }) => readMe(context)),
  updateMe: os.people.updateMe.handler(({ input, context }) => updateMe(context, input)),
  list: os.people.list.handler(({ input, context }) => listPeople(context, input)),
  get: os.people.get.handler(({ input, context }) => readPerson(context, input.username)),
  invite: os.people.invite.handler(({ input, context }) => invite(context, input)),
  invitation: os.people.invitation.handler(({ input, context }) => readInvitation(context, input.code)),
  acceptInvitation: os.people.acceptInvitation.handler(({ input, context }) =>
    acceptInvitation(context, input),
  ),
  tokens: os.people.tokens.handler(({ context }) => listTokens(context)),
  createToken: os.people.createToken.handler(({ input, context }) => createToken(context, input)),
  revokeToken: os.people.revokeToken.handler(({ input, context }) =>
    revokeToken(context, input.id).then(() => done),
  ),
};
