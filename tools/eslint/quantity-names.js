// @ts-check
import { UNIT_SUFFIXES } from '@fluidscope/units';
import ts from 'typescript';

/** Words that name a quantity and leave its unit open; plurals are found too. */
const QUANTITY_WORDS = new Set(
  (
    'latency duration timeout delay interval deadline elapsed arrival lateness period age time uptime overhead ' +
    'jitter lag skew gap ttft tbt tpot itl power wattage energy temperature frequency throughput bandwidth rate ' +
    'speed size memory utilization utilisation percent percentage fraction'
  ).split(' '),
);

const TYPED_ARRAY = /^(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array$/;
const COLLECTION = /^(?:Readonly)?(?:Array|Set)$/;

/**
 * A number whose name ends in a quantity says its unit: `ttftNs`, never `ttft`.
 *
 * Types decide what holds a quantity: numbers, bigints, brands of them, and arrays of them. An object or a text called
 * `timeout` passes. A key of an object literal is left alone where the literal's expected type already names it: that
 * name was checked, or belongs to somebody else, where it was declared.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const quantityNames = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'quantities carry their unit in their name' },
    messages: {
      noUnit:
        '"{{name}}" is a number that does not say its unit; a mix of ns and ms compiles and runs. ' +
        `End the name in one of ${Object.keys(UNIT_SUFFIXES).join(' ')} (the closed table in packages/units).`,
    },
  },
  create(context) {
    const { program, esTreeNodeToTSNodeMap } = context.sourceCode.parserServices;
    if (!program) throw new Error('quantity-names needs type information: set parserOptions.projectService');
    /** @type {ts.TypeChecker} */
    const checker = program.getTypeChecker();
    /** @param {any} node */
    const typeOf = (node) => checker.getTypeAtLocation(esTreeNodeToTSNodeMap.get(node));

    /** @param {any} node the identifier or key that declares a name */
    const check = (node) => {
      const name = nameOf(node);
      if (name === undefined || !endsInQuantity(name)) return;
      if (holdsNumbers(typeOf(node), checker)) context.report({ node, messageId: 'noUnit', data: { name } });
    };
    /** @param {{ params: any[] }} node */
    const checkParameters = ({ params }) => {
      for (const param of params) check(bindingOf(param));
    };
    /** @param {any} node */
    const hasExpectedType = (node) =>
      checker.getContextualType(esTreeNodeToTSNodeMap.get(node)) !== undefined;

    return {
      VariableDeclarator: (node) => check(node.id),
      PropertyDefinition: (node) => check(node.key),
      'FunctionDeclaration, FunctionExpression, ArrowFunctionExpression, TSEmptyBodyFunctionExpression':
        checkParameters,
      'TSFunctionType, TSMethodSignature, TSDeclareFunction, TSConstructorType, TSCallSignatureDeclaration':
        checkParameters,
      TSPropertySignature: (/** @type {any} */ node) => check(node.key),
      'MethodDefinition[kind="get"]': (/** @type {any} */ node) => check(node.key),
      'ObjectExpression > Property[computed=false]': (/** @type {any} */ node) => {
        if (!hasExpectedType(node.parent)) check(node.key);
      },
    };
  },
};

/** @param {any} node @returns {string | undefined} */
function nameOf(node) {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name;
  return typeof node.value === 'string' ? node.value : undefined;
}

/** @param {any} param @returns {any} the identifier under a default value, a rest or a constructor's `private` */
function bindingOf(param) {
  if (param.type === 'TSParameterProperty') return bindingOf(param.parameter);
  if (param.type === 'AssignmentPattern') return bindingOf(param.left);
  return param.type === 'RestElement' ? param.argument : param;
}

/** @param {string} name camelCase, snake_case or SCREAMING_CASE */
function endsInQuantity(name) {
  const word = /[A-Z]?[a-z]+$|[A-Z]+$/.exec(name)?.[0].toLowerCase() ?? '';
  return [word, word.replace(/s$/, ''), word.replace(/ies$/, 'y')].some((form) => QUANTITY_WORDS.has(form));
}

/** @param {ts.Type} type @param {ts.TypeChecker} checker @returns {boolean} */
function holdsNumbers(type, checker) {
  if (type.isUnion()) {
    const present = type.types.filter((part) => !(part.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
    return present.length > 0 && present.every((part) => holdsNumbers(part, checker));
  }
  if (type.isIntersection()) return type.types.some((part) => holdsNumbers(part, checker));
  if (type.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) return true;
  const className = type.symbol?.name ?? '';
  if (TYPED_ARRAY.test(className)) return true;
  if (!COLLECTION.test(className)) return false;
  return checker
    .getTypeArguments(/** @type {ts.TypeReference} */ (type))
    .some((part) => holdsNumbers(part, checker));
}
